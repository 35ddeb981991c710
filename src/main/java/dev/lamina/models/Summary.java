package dev.lamina.models;

import dev.lamina.layers.Layer;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The table of a model's layers. */
final class Summary {
    private record Row(String layer, String shape, String params) {}

    private Summary() {}

    static String of(Model model) {
        List<Row> rows = new ArrayList<>();
        collect(model, "", rows);
        int first = width(rows.stream().map(Row::layer).toList(), "Layer (type)");
        int second = width(rows.stream().map(Row::shape).toList(), "Output shape");
        int third = width(rows.stream().map(Row::params).toList(), "Param #");
        StringBuilder out = new StringBuilder("Model: \"" + model.name() + "\"\n");
        String format = "│ %-" + first + "s │ %-" + second + "s │ %" + third + "s │%n";
        out.append(rule("┌┬┐", first, second, third));
        out.append(String.format(format, "Layer (type)", "Output shape", "Param #"));
        out.append(rule("├┼┤", first, second, third));
        rows.forEach(row -> out.append(String.format(format, row.layer, row.shape, row.params)));
        out.append(rule("└┴┘", first, second, third));
        List<Variable> trainable = model.trainableWeights();
        out.append(total("Total params", model.weights()));
        out.append(total("Trainable params", trainable));
        out.append(total("Non-trainable params", model.nonTrainableWeights()));
        return out.toString().stripTrailing();
    }

    private static void collect(Model model, String indent, List<Row> rows) {
        for (Layer layer : model.layers()) {
            String shape = layer.outputShapes().isEmpty()
                    ? "? (not built)"
                    : layer.outputShapes().stream().map(Object::toString).collect(Collectors.joining(", "));
            String params = layer.isBuilt() ? String.format(Locale.ROOT, "%,d", layer.countParams()) : "? (not built)";
            rows.add(new Row(indent + layer.name() + " (" + layer.getClass().getSimpleName() + ")", shape, params));
            if (layer instanceof Model nested) {
                collect(nested, indent + "  ", rows);
            }
        }
    }

    private static int width(List<String> cells, String title) {
        return Math.max(
                title.length(), cells.stream().mapToInt(String::length).max().orElse(0));
    }

    private static String rule(String corners, int... widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            line.append(corners.charAt(i == 0 ? 0 : 1)).append("─".repeat(widths[i] + 2));
        }
        return line.append(corners.charAt(2)).append('\n').toString();
    }

    private static String total(String title, List<Variable> variables) {
        long count = variables.stream()
                .mapToLong(variable -> variable.shape().elements())
                .sum();
        long bytes = variables.stream()
                .mapToLong(variable -> variable.spec().bytes())
                .sum();
        return String.format(Locale.ROOT, " %s: %,d (%s)%n", title, count, size(bytes));
    }

    private static String size(long bytes) {
        String[] units = {"B", "KB", "MB", "GB", "TB"};
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%.2f %s", value, units[unit]);
    }
}
