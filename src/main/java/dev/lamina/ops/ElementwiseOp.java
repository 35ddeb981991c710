package dev.lamina.ops;

import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.List;

/** Ops whose output elements each depend on the input elements at the same place, inputs being broadcast. */
public sealed interface ElementwiseOp extends Op
        permits UnaryOp, UnaryBackwardOp, BinaryOp, ElementwiseOp.Select, ElementwiseOp.Cast {

    /** {@code condition ? a : b}; condition is bool, all three are broadcast. */
    record Select() implements ElementwiseOp {
        @Override
        public String opName() {
            return "where";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 3);
            Check.bool(this, inputs.get(0));
            Check.sameDType(this, inputs.get(1), inputs.get(2));
            Shape values = Shape.broadcast(
                    "where", inputs.get(1).shape(), inputs.get(2).shape());
            Shape shape = Shape.broadcast("where", inputs.get(0).shape(), values);
            return List.of(new TensorSpec(shape, inputs.get(1).dtype()));
        }

        @Override
        public void vjp(Vjp vjp) {
            var zero = vjp.constant(0, vjp.dy().dtype());
            if (vjp.needs(1)) {
                vjp.broadcastGradient(1, vjp.apply(this, vjp.input(0), vjp.dy(), zero));
            }
            if (vjp.needs(2)) {
                vjp.broadcastGradient(2, vjp.apply(this, vjp.input(0), zero, vjp.dy()));
            }
        }
    }

    /**
     * Conversion to another element type: to floats rounding to nearest even, to integers towards zero, to bool as
     * {@code x != 0}.
     */
    record Cast(DType dtype) implements ElementwiseOp {
        @Override
        public String opName() {
            return "cast";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 1);
            return List.of(new TensorSpec(inputs.get(0).shape(), dtype));
        }

        @Override
        public void vjp(Vjp vjp) {
            if (vjp.needs(0)) {
                vjp.gradient(0, vjp.apply(new Cast(vjp.input(0).dtype()), vjp.dy()));
            }
        }
    }

    /** Whether the op's inputs may have different shapes that are broadcast. */
    default boolean broadcasts() {
        return this instanceof BinaryOp || this instanceof Select;
    }

    /** The common shape of inputs that may not be broadcast. */
    static Shape sameShape(Op op, List<TensorSpec> inputs) {
        Shape shape = inputs.get(0).shape();
        for (TensorSpec input : inputs) {
            if (!shape.isCompatibleWith(input.shape())) {
                throw new ShapeException(
                        "[" + op.opName() + "] expected tensors of the same shape; received " + inputs + ".");
            }
        }
        return shape;
    }
}
