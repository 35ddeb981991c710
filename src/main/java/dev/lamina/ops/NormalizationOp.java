package dev.lamina.ops;

import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.List;

/** Normalization by statistics of the data. */
public sealed interface NormalizationOp extends Op {
    /**
     * Normalizes each entry of the last axis over all other axes (Ioffe and Szegedy, 2015): {@code y = (x - mean) /
     * sqrt(variance + epsilon) * gamma + beta}, variance being the mean squared deviation. Inputs {@code (x, gamma,
     * beta)}, outputs {@code (y, mean, variance)}.
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
            TensorSpec channels = new TensorSpec(Shape.of(x.shape().size(-1)), x.dtype());
            for (TensorSpec scale : inputs.subList(1, 3)) {
                Check.sameDType(this, x, scale);
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
            if (vjp.hasGradient(1)) {
                vjp.gradient(0, vjp.apply(spread, vjp.scale(vjp.dy(1), share)));
            }
            if (vjp.hasGradient(2)) {
                Tensor deviation = vjp.subtract(x, vjp.output(1));
                vjp.gradient(0, vjp.multiply(deviation, vjp.scale(vjp.dy(2), 2 * share)));
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
}
