package dev.lamina.ops;

import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.List;

/** Normalization by statistics of the data. */
public sealed interface NormalizationOp extends Op {
    /**
     * Normalizes each entry of the last axis over all other axes (Ioffe and Szegedy, 2015): {@code y = (x - mean) /
     * sqrt(variance + epsilon) * gamma + beta}, variance being the mean squared deviation. Inputs {@code (x, gamma,
     * beta)}, outputs {@code (y, mean, variance)}; all but x and y in the type of {@link #statistics}.
     */
    record BatchNorm(double epsilon) implements NormalizationOp {
        @Override
        public String opName() {
            return "batch_norm";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 3);
            TensorSpec x = Check.floating(this, inputs.get(0));
            TensorSpec channels = new TensorSpec(Shape.of(x.shape().size(-1)), statistics(x.dtype()));
            for (TensorSpec scale : inputs.subList(1, 3)) {
                Check.sameDType(this, channels, scale);
                Check.compatible(this, channels, scale);
            }
            if (x.shape().isFullyKnown() && x.shape().elements() == 0) {
                throw new ShapeException(
                        "[batch_norm] expected at least one row to take statistics of; received " + x + ".");
            }
            return List.of(x, channels, channels);
        }

        @Override
        public void vjp(Vjp vjp) {
            var gradients = vjp.applyAll(
                    new BatchNormBackward(epsilon),
                    vjp.input(0),
                    vjp.input(1),
                    vjp.output(1),
                    vjp.output(2),
                    vjp.dy(0));
            for (int i = 0; i < 3; i++) {
                if (vjp.needs(i)) {
                    vjp.gradient(i, gradients.get(i));
                }
            }
            if (vjp.needs(0)) {
                statisticsGradient(vjp);
            }
        }

        /** With n rows, {@code d mean / dx = 1 / n} and {@code d variance / dx = 2 (x - mean) / n}. */
        private static void statisticsGradient(Vjp vjp) {
            Tensor x = vjp.input(0);
            double share = (double) x.shape().size(-1) / x.shape().elements();
            ShapeOp.BroadcastTo spread = new ShapeOp.BroadcastTo(x.shape());
            ElementwiseOp.Cast back = new ElementwiseOp.Cast(x.dtype());
            if (vjp.hasGradient(1)) {
                vjp.gradient(0, vjp.apply(back, vjp.apply(spread, vjp.scale(vjp.dy(1), share))));
            }
            if (vjp.hasGradient(2)) {
                Tensor wide = vjp.apply(new ElementwiseOp.Cast(statistics(x.dtype())), x);
                Tensor deviation = vjp.subtract(wide, vjp.output(1));
                vjp.gradient(0, vjp.apply(back, vjp.multiply(deviation, vjp.scale(vjp.dy(2), 2 * share))));
            }
        }
    }

    /**
     * Inputs {@code (x, gamma, mean, variance, dy)}, outputs {@code (dx, dgamma, dbeta)}: with {@code h} the normalized
     * x, {@code dbeta = sum dy}, {@code dgamma = sum dy h}, {@code dx = gamma / sqrt(variance + epsilon) * (dy -
     * mean(dy) - h * mean(dy h))}.
     */
    record BatchNormBackward(double epsilon) implements NormalizationOp {
        @Override
        public String opName() {
            return "batch_norm_backward";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 5);
            return List.of(inputs.get(0), inputs.get(1), inputs.get(1));
        }

        @Override
        public void vjp(Vjp vjp) {
            throw Vjp.none(this);
        }
    }

    /** The type that mean and deviation are kept in: float32 for half-precision data. */
    static DType statistics(DType type) {
        return type == DType.FLOAT64 ? DType.FLOAT64 : DType.FLOAT32;
    }

    /**
     * Normalizes each row of the last axis (Ba et al., 2016): {@code y = (x - mean) * inverse * gamma + beta} with
     * {@code inverse = 1 / sqrt(variance + epsilon)}, variance being the mean squared deviation. Inputs {@code (x,
     * gamma, beta)}, outputs {@code (y, mean, inverse)}, the latter two of the rows; all but x and y in the type of
     * {@link #statistics}.
     */
    record LayerNorm(double epsilon) implements NormalizationOp {
        @Override
        public String opName() {
            return "layer_norm";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 3);
            TensorSpec x = Check.floating(this, inputs.get(0));
            if (x.shape().rank() == 0 || x.shape().size(-1) == 0) {
                throw new ShapeException("[layer_norm] expected rows of at least one element; received " + x + ".");
            }
            TensorSpec columns = new TensorSpec(Shape.of(x.shape().size(-1)), statistics(x.dtype()));
            for (TensorSpec scale : inputs.subList(1, 3)) {
                Check.sameDType(this, columns, scale);
                Check.compatible(this, columns, scale);
            }
            TensorSpec rows = new TensorSpec(x.shape().drop(-1), statistics(x.dtype()));
            return List.of(x, rows, rows);
        }

        @Override
        public void vjp(Vjp vjp) {
            var gradients = vjp.applyAll(
                    new LayerNormBackward(), vjp.input(0), vjp.input(1), vjp.output(1), vjp.output(2), vjp.dy(0));
            for (int i = 0; i < 3; i++) {
                if (vjp.needs(i)) {
                    vjp.gradient(i, gradients.get(i));
                }
            }
            if (vjp.needs(0)) {
                statisticsGradient(vjp);
            }
        }

        /** With n columns, {@code d mean / dx = 1 / n} and {@code d inverse / dx = -inverse^3 (x - mean) / n}. */
        private static void statisticsGradient(Vjp vjp) {
            TensorSpec spec = vjp.input(0).spec();
            double share = 1.0 / spec.shape().size(-1);
            ElementwiseOp.Cast back = new ElementwiseOp.Cast(spec.dtype());
            if (vjp.hasGradient(1)) {
                Tensor each = column(vjp, vjp.scale(vjp.dy(1), share));
                vjp.gradient(0, vjp.apply(back, vjp.apply(new ShapeOp.BroadcastTo(spec.shape()), each)));
            }
            if (vjp.hasGradient(2)) {
                Tensor inverse = vjp.output(2);
                Tensor wide = vjp.apply(new ElementwiseOp.Cast(statistics(spec.dtype())), vjp.input(0));
                Tensor deviation = vjp.subtract(wide, column(vjp, vjp.output(1)));
                Tensor cube = vjp.multiply(vjp.apply(UnaryOp.SQUARE, inverse), inverse);
                Tensor factor = vjp.scale(vjp.multiply(vjp.dy(2), cube), -share);
                vjp.gradient(0, vjp.apply(back, vjp.multiply(deviation, column(vjp, factor))));
            }
        }

        private static Tensor column(Vjp vjp, Tensor rows) {
            return vjp.apply(new ShapeOp.Reshape(rows.shape().append(1)), rows);
        }
    }

    /**
     * Inputs {@code (x, gamma, mean, inverse, dy)}, outputs {@code (dx, dgamma, dbeta)}: with {@code h = (x - mean) *
     * inverse} and {@code g = dy gamma}, {@code dx = inverse * (g - mean(g) - h * mean(g h))} by rows, and over all
     * rows {@code dgamma = sum dy h}, {@code dbeta = sum dy}.
     */
    record LayerNormBackward() implements NormalizationOp {
        @Override
        public String opName() {
            return "layer_norm_backward";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 5);
            return List.of(inputs.get(0), inputs.get(1), inputs.get(1));
        }

        @Override
        public void vjp(Vjp vjp) {
            throw Vjp.none(this);
        }
    }
}
