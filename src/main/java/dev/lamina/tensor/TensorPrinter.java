package dev.lamina.tensor;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes an array's values as NumPy does: nested brackets, decimal points in columns, at most eight significant digits,
 * and only the first and last three entries of each axis when there are more than a thousand elements.
 */
final class TensorPrinter {
    private static final int ABBREVIATE_ABOVE = 1000;
    private static final int EDGE = 3;
    private static final int GAP = -1;

    private final HostArray array;
    private final boolean abbreviated;
    private int before;
    private int after;
    private boolean scientific;

    private TensorPrinter(HostArray array) {
        this.array = array;
        this.abbreviated = array.elements() > ABBREVIATE_ABOVE;
    }

    static String values(HostArray array) {
        TensorPrinter printer = new TensorPrinter(array);
        if (array.elements() == 0) {
            return "[]";
        }
        List<Long> shown = new ArrayList<>();
        printer.collect(0, 0, shown);
        printer.scientific = printer.needsScientific(shown);
        shown.stream().map(printer::format).forEach(printer::fit);
        StringBuilder out = new StringBuilder();
        printer.write(0, 0, out);
        return out.toString();
    }

    /** Where a number is aligned: at its decimal point, or else at its end. */
    private static int point(String text) {
        int point = text.indexOf('.');
        return point < 0 ? text.length() : point;
    }

    private void fit(String text) {
        before = Math.max(before, point(text));
        after = Math.max(after, text.length() - point(text));
    }

    private int[] entries(int axis) {
        int size = array.shape().size(axis);
        if (!abbreviated || size <= 2 * EDGE) {
            int[] all = new int[size];
            for (int i = 0; i < size; i++) {
                all[i] = i;
            }
            return all;
        }
        return new int[] {0, 1, 2, GAP, size - 3, size - 2, size - 1};
    }

    private void collect(int axis, long index, List<Long> shown) {
        if (axis == array.shape().rank()) {
            shown.add(index);
            return;
        }
        for (int entry : entries(axis)) {
            if (entry != GAP) {
                collect(axis + 1, index * array.shape().size(axis) + entry, shown);
            }
        }
    }

    private void write(int axis, long index, StringBuilder out) {
        int rank = array.shape().rank();
        if (axis == rank) {
            String text = format(index);
            int point = point(text);
            out.repeat(' ', rank == 0 ? 0 : before - point).append(text);
            out.repeat(' ', rank == 0 ? 0 : after - (text.length() - point));
            return;
        }
        out.append('[');
        boolean first = true;
        for (int entry : entries(axis)) {
            if (!first) {
                if (axis == rank - 1) {
                    out.append(' ');
                } else {
                    out.repeat('\n', rank - 1 - axis).repeat(' ', axis + 1);
                }
            }
            first = false;
            if (entry == GAP) {
                out.append("...");
            } else {
                write(axis + 1, index * array.shape().size(axis) + entry, out);
            }
        }
        out.append(']');
    }

    private boolean needsScientific(List<Long> shown) {
        double smallest = Double.POSITIVE_INFINITY;
        double largest = 0;
        for (long index : shown) {
            double magnitude = Math.abs(array.getDouble(index));
            if (magnitude != 0 && !Double.isInfinite(magnitude) && !Double.isNaN(magnitude)) {
                smallest = Math.min(smallest, magnitude);
                largest = Math.max(largest, magnitude);
            }
        }
        return array.dtype().isFloating()
                && (largest >= 1e8 || largest > 0 && (smallest < 1e-4 || largest / smallest > 1e6));
    }

    private String format(long index) {
        if (array.dtype() == DType.BOOL) {
            return array.getLong(index) != 0 ? "true" : "false";
        }
        if (!array.dtype().isFloating()) {
            return Long.toString(array.getLong(index));
        }
        double value = array.getDouble(index);
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        int digits = array.dtype().isHalf() ? 4 : 8;
        String exact = array.dtype() == DType.FLOAT64 ? Double.toString(value) : Float.toString((float) value);
        BigDecimal rounded = new BigDecimal(exact).round(new MathContext(digits, RoundingMode.HALF_EVEN));
        if (rounded.signum() == 0) {
            return "0.";
        }
        BigDecimal plain = rounded.stripTrailingZeros();
        if (scientific) {
            int exponent = plain.precision() - plain.scale() - 1;
            String mantissa = plain.movePointLeft(exponent).toPlainString();
            return (mantissa.contains(".") ? mantissa : mantissa + ".") + "e" + (exponent < 0 ? "-" : "+")
                    + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
        }
        String text = plain.setScale(Math.max(0, Math.min(plain.scale(), 8)), RoundingMode.HALF_EVEN)
                .toPlainString();
        return text.contains(".") ? text : text + ".";
    }
}
