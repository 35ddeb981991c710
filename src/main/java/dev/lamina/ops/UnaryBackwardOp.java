package dev.lamina.ops;

import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.List;
import java.util.Locale;

/**
 * Gradients of activations in one pass. Inputs are {@code (saved, dy)}, of one shape. {@code saved} is the activation's
 * output where the derivative is a function of it (relu, tanh, sigmoid), and its input elsewhere (both gelu, silu).
 */
public enum UnaryBackwardOp implements ElementwiseOp {
    /** {@code y > 0 ? dy : 0}. */
    RELU_BACKWARD,
    /** {@code dy * (1 - y^2)}. */
    TANH_BACKWARD,
    /** {@code dy * y * (1 - y)}. */
    SIGMOID_BACKWARD,
    /** {@code dy * (Phi(x) + x * phi(x))}, Phi and phi the normal distribution and its density. */
    GELU_BACKWARD,
    /** {@code dy * s * (1 + x * (1 - s) * z')} with {@code s = sigmoid(z), z = sqrt(8 / pi) * (x + 0.044715 x^3)}. */
    GELU_TANH_BACKWARD,
    /** {@code dy * s * (1 + x * (1 - s))} with {@code s = sigmoid(x)}. */
    SILU_BACKWARD;

    @Override
    public String opName() {
        return name().toLowerCase(Locale.ROOT);
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> inputs) {
        Check.count(this, inputs, 2);
        Check.floating(this, inputs.get(0));
        Check.sameDType(this, inputs.get(0), inputs.get(1));
        return List.of(new TensorSpec(
                ElementwiseOp.sameShape(this, inputs), inputs.get(0).dtype()));
    }

    @Override
    public void vjp(Vjp vjp) {
        Tensor saved = vjp.input(0);
        Tensor dy = vjp.input(1);
        Tensor g = vjp.dy();
        if (vjp.needs(1)) {
            vjp.gradient(1, vjp.apply(this, saved, g));
        }
        if (vjp.needs(0) && this != RELU_BACKWARD) {
            vjp.gradient(0, vjp.multiply(vjp.multiply(g, dy), second(vjp, saved)));
        }
    }

    /** The derivative of this rule's factor with respect to what was saved. */
    private Tensor second(Vjp vjp, Tensor saved) {
        return switch (this) {
            case RELU_BACKWARD -> vjp.scale(saved, 0);
            case TANH_BACKWARD -> vjp.scale(saved, -2);
            case SIGMOID_BACKWARD -> vjp.offset(vjp.scale(saved, -2), 1);
            case GELU_BACKWARD -> {
                Tensor square = vjp.apply(UnaryOp.SQUARE, saved);
                Tensor density = vjp.scale(vjp.apply(UnaryOp.EXP, vjp.scale(square, -0.5)), 1 / Math.sqrt(2 * Math.PI));
                yield vjp.multiply(density, vjp.offset(vjp.negate(square), 2));
            }
            case GELU_TANH_BACKWARD -> {
                double scale = Math.sqrt(8 / Math.PI);
                double cubic = 0.044715;
                Tensor square = vjp.apply(UnaryOp.SQUARE, saved);
                Tensor z = vjp.scale(vjp.multiply(saved, vjp.offset(vjp.scale(square, cubic), 1)), scale);
                Tensor first = vjp.scale(vjp.offset(vjp.scale(square, 3 * cubic), 1), scale);
                Tensor s = vjp.apply(UnaryOp.SIGMOID, z);
                Tensor bend = vjp.multiply(vjp.offset(vjp.scale(s, -2), 1), vjp.apply(UnaryOp.SQUARE, first));
                Tensor rest = vjp.multiply(saved, vjp.apply(BinaryOp.ADD, bend, vjp.scale(saved, 6 * cubic * scale)));
                Tensor slope = vjp.multiply(s, vjp.offset(vjp.negate(s), 1));
                yield vjp.multiply(slope, vjp.apply(BinaryOp.ADD, vjp.scale(first, 2), rest));
            }
            case SILU_BACKWARD -> {
                Tensor s = vjp.apply(UnaryOp.SIGMOID, saved);
                Tensor slope = vjp.apply(
                        SIGMOID_BACKWARD,
                        s,
                        vjp.apply(new ShapeOp.BroadcastTo(saved.shape()), vjp.constant(1, saved.dtype())));
                Tensor bend = vjp.multiply(saved, vjp.offset(vjp.scale(s, -2), 1));
                yield vjp.multiply(slope, vjp.offset(bend, 2));
            }
        };
    }
}
