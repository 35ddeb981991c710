package dev.lamina.ops;

import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.List;

/** Softmax over the last axis, and the cross-entropies made of it. */
public sealed interface SoftmaxOp extends Op {
    /** {@code exp(x - max) / sum exp(x - max)}. */
    record Softmax() implements SoftmaxOp {
        @Override
        public String opName() {
            return "softmax";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 1);
            inputs.get(0).shape().axis(-1);
            return List.of(Check.floating(this, inputs.get(0)));
        }

        @Override
        public void vjp(Vjp vjp) {
            if (vjp.needs(0)) {
                vjp.gradient(0, vjp.apply(new SoftmaxBackward(), vjp.output(0), vjp.dy()));
            }
        }
    }

    /** {@code y * (dy - sum(y * dy))}, from the softmax {@code y}. Inputs {@code (y, dy)}. */
    record SoftmaxBackward() implements SoftmaxOp {
        @Override
        public String opName() {
            return "softmax_backward";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            return sameFloats(this, inputs);
        }

        @Override
        public void vjp(Vjp vjp) {
            Tensor y = vjp.input(0);
            Tensor dy = vjp.input(1);
            Tensor g = vjp.dy();
            if (vjp.needs(1)) {
                vjp.gradient(1, vjp.apply(this, y, g));
            }
            if (vjp.needs(0)) {
                ReductionOp.Reduce sum = ReductionOp.Reduce.of(ReductionOp.Kind.SUM, true, -1);
                Tensor inner = vjp.apply(sum, vjp.multiply(y, dy));
                Tensor outer = vjp.apply(sum, vjp.multiply(y, g));
                Tensor direct = vjp.multiply(g, vjp.subtract(dy, inner));
                vjp.gradient(0, vjp.subtract(direct, vjp.multiply(dy, outer)));
            }
        }
    }

    /** {@code x - max - log sum exp(x - max)}. */
    record LogSoftmax() implements SoftmaxOp {
        @Override
        public String opName() {
            return "log_softmax";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 1);
            inputs.get(0).shape().axis(-1);
            return List.of(Check.floating(this, inputs.get(0)));
        }

        @Override
        public void vjp(Vjp vjp) {
            if (vjp.needs(0)) {
                Tensor sum = vjp.apply(ReductionOp.Reduce.of(ReductionOp.Kind.SUM, true, -1), vjp.dy());
                Tensor softmax = vjp.apply(UnaryOp.EXP, vjp.output(0));
                vjp.gradient(0, vjp.subtract(vjp.dy(), vjp.multiply(softmax, sum)));
            }
        }
    }

    /**
     * {@code log sum exp(x) - x[label]} of each row: the cross-entropy of logits {@code (..., classes)} against integer
     * labels {@code (...)}. A label outside {@code [0, classes)} gives NaN. The second output, {@code log sum exp(x)},
     * serves the gradient.
     */
    record SparseCrossEntropy() implements SoftmaxOp {
        @Override
        public String opName() {
            return "sparse_softmax_cross_entropy";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 2);
            TensorSpec logits = Check.floating(this, inputs.get(0));
            Check.integer(this, "labels", inputs.get(1));
            TensorSpec rows = new TensorSpec(logits.shape().drop(-1), logits.dtype());
            Check.compatible(this, rows, inputs.get(1));
            return List.of(rows, rows);
        }

        @Override
        public void vjp(Vjp vjp) {
            if (vjp.needs(0)) {
                Tensor logits = vjp.input(0);
                vjp.gradient(
                        0, vjp.apply(new SparseCrossEntropyBackward(), logits, vjp.input(1), vjp.output(1), vjp.dy(0)));
                logSumExpGradient(vjp);
            }
        }
    }

    /** {@code dy * (softmax(x) - onehot(label))}. Inputs {@code (logits, labels, logSumExp, dy)}. */
    record SparseCrossEntropyBackward() implements SoftmaxOp {
        @Override
        public String opName() {
            return "sparse_softmax_cross_entropy_backward";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 4);
            return List.of(Check.floating(this, inputs.get(0)));
        }

        @Override
        public void vjp(Vjp vjp) {
            throw Vjp.none(this);
        }
    }

    /**
     * {@code sum(t) * log sum exp(x) - sum(t * x)} of each row: the cross-entropy of logits against target weights
     * {@code t} of the same shape. The second output, {@code log sum exp(x)}, serves the gradient. Inputs
     * {@code (logits, targets)}.
     */
    record CrossEntropy() implements SoftmaxOp {
        @Override
        public String opName() {
            return "softmax_cross_entropy";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            TensorSpec logits = sameFloats(this, inputs).get(0);
            Shape rows = logits.shape().drop(-1);
            return List.of(new TensorSpec(rows, logits.dtype()), new TensorSpec(rows, logits.dtype()));
        }

        @Override
        public void vjp(Vjp vjp) {
            Tensor logits = vjp.input(0);
            Tensor logSumExp = vjp.output(1);
            if (vjp.needs(0)) {
                vjp.gradient(0, vjp.apply(new CrossEntropyBackward(), logits, vjp.input(1), logSumExp, vjp.dy(0)));
                logSumExpGradient(vjp);
            }
            if (vjp.needs(1)) {
                Shape column = logSumExp.shape().append(1);
                Tensor logProbability = vjp.subtract(logits, vjp.apply(new ShapeOp.Reshape(column), logSumExp));
                Tensor dy = vjp.apply(new ShapeOp.Reshape(column), vjp.dy(0));
                vjp.gradient(1, vjp.negate(vjp.multiply(dy, logProbability)));
            }
        }
    }

    /** {@code dy * (sum(t) * softmax(x) - t)}. Inputs {@code (logits, targets, logSumExp, dy)}. */
    record CrossEntropyBackward() implements SoftmaxOp {
        @Override
        public String opName() {
            return "softmax_cross_entropy_backward";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 4);
            return List.of(Check.floating(this, inputs.get(0)));
        }

        @Override
        public void vjp(Vjp vjp) {
            throw Vjp.none(this);
        }
    }

    /** For a cross-entropy's second output: {@code d log sum exp(x) / dx = exp(x - log sum exp(x))}. */
    private static void logSumExpGradient(Vjp vjp) {
        if (vjp.hasGradient(1)) {
            ShapeOp.Reshape column = new ShapeOp.Reshape(vjp.output(1).shape().append(1));
            Tensor probabilities = vjp.apply(UnaryOp.EXP, vjp.subtract(vjp.input(0), vjp.apply(column, vjp.output(1))));
            vjp.gradient(0, vjp.multiply(probabilities, vjp.apply(column, vjp.dy(1))));
        }
    }

    private static List<TensorSpec> sameFloats(Op op, List<TensorSpec> inputs) {
        Check.count(op, inputs, 2);
        TensorSpec first = Check.floating(op, inputs.get(0));
        first.shape().axis(-1);
        Check.sameDType(op, first, inputs.get(1));
        Check.compatible(op, first, inputs.get(1));
        return List.of(first);
    }
}
