package dev.lamina.ops;

import dev.lamina.errors.GradientException;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;

/**
 * What a gradient rule works with: the inputs and outputs of the forward op, the gradient {@code dy} of each output,
 * and where to put the gradients of the inputs (a vector-Jacobian product).
 */
public interface Vjp extends OpSink {
    Tensor input(int index);

    Tensor output(int index);

    /** The gradient with respect to an output; zeros if nothing depends on it. */
    Tensor dy(int index);

    /** Whether anything depends on an output. */
    boolean hasGradient(int index);

    /** Whether somebody wants the gradient with respect to this input. A rule should not compute what nobody wants. */
    boolean needs(int index);

    /** Hands over the gradient with respect to an input; it has the input's shape and type. */
    void gradient(int index, Tensor value);

    /** The gradient of the only output. */
    default Tensor dy() {
        return dy(0);
    }

    /** Hands over a gradient whose shape is that of the broadcast result: sums it down to the input's shape first. */
    default void broadcastGradient(int index, Tensor value) {
        gradient(index, sumTo(value, input(index).shape()));
    }

    /** Sums a tensor over the axes along which {@code shape} was broadcast. */
    default Tensor sumTo(Tensor value, Shape shape) {
        if (value.shape().equals(shape)) {
            return value;
        }
        int extra = value.shape().rank() - shape.rank();
        int[] axes = java.util.stream.IntStream.range(0, value.shape().rank())
                .filter(axis -> axis < extra
                        || shape.size(axis - extra) == 1 && value.shape().size(axis) != 1)
                .toArray();
        Tensor sum = axes.length == 0 ? value : apply(ReductionOp.Reduce.of(ReductionOp.Kind.SUM, true, axes), value);
        return sum.shape().equals(shape) ? sum : apply(new ShapeOp.Reshape(shape), sum);
    }

    /** For rules that don't exist: says so, with the op's name. */
    static GradientException none(Op op) {
        return new GradientException("[" + op.opName() + "] expected an op with a gradient; " + op.opName()
                + " has none (it may be the gradient of another op, whose second derivative is not available). "
                + "Stop the gradient before it with Ops.stopGradient.");
    }
}
