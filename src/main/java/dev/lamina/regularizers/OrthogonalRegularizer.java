package dev.lamina.regularizers;

import dev.lamina.config.Config;
import dev.lamina.errors.ShapeException;
import dev.lamina.ops.MatrixOp;
import dev.lamina.ops.ReductionOp;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;
import java.util.Locale;
import java.util.Map;

/**
 * Pushes the rows (or columns) of a matrix to be orthogonal to each other: {@code factor} times the mean of {@code |r_i
 * . r_j|} over all pairs of different rows, each scaled to norm 1.
 */
public record OrthogonalRegularizer(double factor, Mode mode) implements Regularizer {
    /** What is to be orthogonal. */
    public enum Mode {
        ROWS,
        COLUMNS
    }

    /** The largest factor that a row is scaled by, Keras's {@code 1 / epsilon}. */
    private static final double LARGEST_SCALE = 1e7;

    /** Factor 0.01, rows. */
    public OrthogonalRegularizer() {
        this(0.01, Mode.ROWS);
    }

    public OrthogonalRegularizer {
        Regularizers.factor("factor", factor);
    }

    @Override
    public Tensor apply(Tensor weight) {
        if (weight.shape().rank() != 2) {
            throw new ShapeException(
                    "[orthogonal_regularizer] expected a matrix; received shape " + weight.shape() + ".");
        }
        boolean rows = mode == Mode.ROWS;
        Tensor lengths = Ops.reduce(ReductionOp.Kind.SUM, Ops.square(weight), true, rows ? 1 : 0);
        Tensor unit = Ops.multiply(weight, Ops.minimum(Ops.rsqrt(lengths), LARGEST_SCALE));
        Tensor products = Ops.apply(new MatrixOp.Matmul(!rows, rows), unit, unit);
        int size = weight.shape().size(rows ? 0 : 1);
        Tensor others = Ops.subtract(1, Ops.oneHot(Ops.range(0, size, DType.INT32), size, weight.dtype()));
        double pairs = Math.max(1, size * (size - 1.0) / 2);
        return Ops.divide(Ops.multiply(Ops.sum(Ops.abs(Ops.multiply(products, others))), factor * 0.5), pairs);
    }

    @Override
    public Map<String, Object> config() {
        // Keras keeps this factor as float32.
        return Regularizers.config(
                "OrthogonalRegularizer",
                "factor",
                (double) (float) factor,
                "mode",
                mode.toString().toLowerCase(Locale.ROOT));
    }

    static OrthogonalRegularizer fromConfig(Config config) {
        Mode mode = switch (config.text("mode", "rows")) {
            case "rows" -> Mode.ROWS;
            case "columns" -> Mode.COLUMNS;
            default -> throw config.wrong("mode", "rows or columns");
        };
        return new OrthogonalRegularizer(config.number("factor", 0.01), mode);
    }
}
