package dev.lamina.models;

import dev.lamina.layers.Layer;
import dev.lamina.tensor.CallNode;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The table of a model's layers; of one that is a graph and no chain, also what each layer is connected to. */
final class Summary {
    private static final int MOST_IN_A_LINE = 3;

    /** @param connections the tensors that a layer is called on; lines of a cell */
    private record Row(String layer, String shape, String params, List<String> connections) {}

    private Summary() {}

    static String of(Model model) {
        boolean connected =
                model instanceof Functional functional && !functional.graph().isChain();
        List<Row> rows = new ArrayList<>();
        collect(model, "", rows);
        List<Integer> widths = new ArrayList<>();
        widths.add(width(rows.stream().map(Row::layer).toList(), "Layer (type)"));
        widths.add(width(rows.stream().map(Row::shape).toList(), "Output shape"));
        widths.add(width(rows.stream().map(Row::params).toList(), "Param #"));
        if (connected) {
            widths.add(
                    width(rows.stream().flatMap(row -> row.connections.stream()).toList(), "Connected to"));
        }
        StringBuilder out = new StringBuilder("Model: \"" + model.name() + "\"\n");
        out.append(rule("┌┬┐", widths));
        out.append(line(widths, "Layer (type)", "Output shape", "Param #", "Connected to"));
        out.append(rule("├┼┤", widths));
        for (Row row : rows) {
            out.append(line(
                    widths,
                    row.layer,
                    row.shape,
                    row.params,
                    row.connections.isEmpty() ? "-" : row.connections.get(0)));
            if (connected) {
                row.connections.stream().skip(1).forEach(more -> out.append(line(widths, "", "", "", more)));
            }
        }
        out.append(rule("└┴┘", widths));
        List<Variable> trainable = model.trainableWeights();
        out.append(total("Total params", model.weights()));
        out.append(total("Trainable params", trainable));
        out.append(total("Non-trainable params", model.nonTrainableWeights()));
        return out.toString().stripTrailing();
    }

    private static void collect(Model model, String indent, List<Row> rows) {
        if (model instanceof Functional functional) {
            functional.graph().callees().forEach(callee -> addRow(functional.graph(), callee, indent, rows));
            return;
        }
        for (Layer layer : model.layers()) {
            addRow(layer, indent, layer.outputShapes(), List.of(), rows);
        }
    }

    private static void addRow(GraphMap graph, Object callee, String indent, List<Row> rows) {
        CallNode last = graph.nodesOf(callee).getLast();
        List<Shape> shapes = last.outputs().stream().map(Tensor::shape).toList();
        List<String> connections = connections(graph, callee);
        if (callee instanceof Layer layer) {
            addRow(layer, indent, shapes, connections, rows);
        } else {
            rows.add(new Row(indent + graph.nameOf(last) + " (op)", text(shapes), "0", connections));
        }
    }

    private static void addRow(
            Layer layer, String indent, List<Shape> shapes, List<String> connections, List<Row> rows) {
        String params = layer.isBuilt() ? String.format(Locale.ROOT, "%,d", layer.countParams()) : "? (not built)";
        String title = indent + layer.name() + " (" + layer.getClass().getSimpleName() + ")";
        rows.add(new Row(title, text(shapes), params, connections));
        if (layer instanceof Model nested) {
            collect(nested, indent + "  ", rows);
        }
    }

    private static String text(List<Shape> shapes) {
        return shapes.isEmpty()
                ? "? (not built)"
                : shapes.stream().map(Object::toString).collect(Collectors.joining(", "));
    }

    /** As Keras has it: {@code layer[call][output]}. */
    private static List<String> connections(GraphMap graph, Object callee) {
        List<String> all = new ArrayList<>();
        for (CallNode node : graph.nodesOf(callee)) {
            for (Tensor input : node.inputs()) {
                if (input instanceof SymbolicTensor symbolic) {
                    CallNode producer = graph.producer(symbolic);
                    all.add(graph.nameOf(producer) + "[" + graph.index(producer) + "]["
                            + (producer.isInput() ? 0 : symbolic.index()) + "]");
                }
            }
        }
        List<String> lines = new ArrayList<>();
        for (int from = 0; from < all.size(); from += MOST_IN_A_LINE) {
            int to = Math.min(all.size(), from + MOST_IN_A_LINE);
            lines.add(String.join(", ", all.subList(from, to)) + (to < all.size() ? "," : ""));
        }
        return lines;
    }

    /** As many cells as there are widths. */
    private static String line(List<Integer> widths, String... cells) {
        StringBuilder line = new StringBuilder("│");
        for (int i = 0; i < widths.size(); i++) {
            // Numbers, in the third column, are aligned at the right.
            String format = i == 2 ? " %" + widths.get(i) + "s │" : " %-" + widths.get(i) + "s │";
            line.append(String.format(format, cells[i]));
        }
        return line.append('\n').toString();
    }

    private static int width(List<String> cells, String title) {
        return Math.max(
                title.length(), cells.stream().mapToInt(String::length).max().orElse(0));
    }

    private static String rule(String corners, List<Integer> widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.size(); i++) {
            line.append(corners.charAt(i == 0 ? 0 : 1)).append("─".repeat(widths.get(i) + 2));
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
