package dev.lamina.ops;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.List;
import java.util.Locale;

/** Functions of one element. */
public enum UnaryOp implements ElementwiseOp {
    /** A copy. */
    IDENTITY(Domain.ANY),
    NEGATE(Domain.NUMBERS),
    ABS(Domain.NUMBERS),
    /** -1, 0 or 1. */
    SIGN(Domain.NUMBERS),
    SQUARE(Domain.NUMBERS),
    RECIPROCAL(Domain.FLOATS),
    SQRT(Domain.FLOATS),
    /** {@code 1 / sqrt(x)}. */
    RSQRT(Domain.FLOATS),
    EXP(Domain.FLOATS),
    /** {@code exp(x) - 1}, exact near 0. */
    EXPM1(Domain.FLOATS),
    LOG(Domain.FLOATS),
    /** {@code log(1 + x)}, exact near 0. */
    LOG1P(Domain.FLOATS),
    SIN(Domain.FLOATS),
    COS(Domain.FLOATS),
    TANH(Domain.FLOATS),
    /** The error function. */
    ERF(Domain.FLOATS),
    /** {@code 1 / (1 + exp(-x))}. */
    SIGMOID(Domain.FLOATS),
    /** {@code max(x, 0)}. */
    RELU(Domain.NUMBERS),
    /** {@code x * (1 + erf(x / sqrt(2))) / 2} (Hendrycks and Gimpel, 2016). */
    GELU(Domain.FLOATS),
    /** {@code x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) / 2}, close to GELU. */
    GELU_TANH(Domain.FLOATS),
    /** {@code x * sigmoid(x)}. */
    SILU(Domain.FLOATS),
    /** {@code log(1 + exp(x))}, without overflow. */
    SOFTPLUS(Domain.FLOATS),
    FLOOR(Domain.FLOATS),
    CEIL(Domain.FLOATS),
    /** To the nearest whole number, ties to even. */
    ROUND(Domain.FLOATS),
    LOGICAL_NOT(Domain.BOOLS),
    IS_NAN(Domain.FLOATS),
    IS_FINITE(Domain.FLOATS);

    private enum Domain {
        ANY,
        NUMBERS,
        FLOATS,
        BOOLS
    }

    private final Domain domain;

    UnaryOp(Domain domain) {
        this.domain = domain;
    }

    @Override
    public String opName() {
        return name().toLowerCase(Locale.ROOT);
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> inputs) {
        Check.count(this, inputs, 1);
        TensorSpec x = inputs.get(0);
        switch (domain) {
            case ANY -> {}
            case NUMBERS -> Check.numeric(this, x);
            case FLOATS -> Check.floating(this, x);
            case BOOLS -> Check.bool(this, x);
        }
        return List.of(this == IS_NAN || this == IS_FINITE ? new TensorSpec(x.shape(), DType.BOOL) : x);
    }

    @Override
    public void vjp(Vjp vjp) {
        if (!vjp.needs(0)) {
            return;
        }
        Tensor x = vjp.input(0);
        Tensor y = vjp.output(0);
        Tensor dy = vjp.dy();
        switch (this) {
            case IDENTITY -> vjp.gradient(0, dy);
            case NEGATE -> vjp.gradient(0, vjp.negate(dy));
            case ABS -> vjp.gradient(0, vjp.multiply(dy, vjp.apply(SIGN, x)));
            case SQUARE -> vjp.gradient(0, vjp.multiply(dy, vjp.scale(x, 2)));
            case RECIPROCAL -> vjp.gradient(0, vjp.negate(vjp.multiply(dy, vjp.apply(SQUARE, y))));
            case SQRT -> vjp.gradient(0, vjp.divide(dy, vjp.scale(y, 2)));
            case RSQRT -> vjp.gradient(0, vjp.multiply(dy, vjp.scale(vjp.divide(y, x), -0.5)));
            case EXP -> vjp.gradient(0, vjp.multiply(dy, y));
            case EXPM1 -> vjp.gradient(0, vjp.multiply(dy, vjp.offset(y, 1)));
            case LOG -> vjp.gradient(0, vjp.divide(dy, x));
            case LOG1P -> vjp.gradient(0, vjp.divide(dy, vjp.offset(x, 1)));
            case SIN -> vjp.gradient(0, vjp.multiply(dy, vjp.apply(COS, x)));
            case COS -> vjp.gradient(0, vjp.negate(vjp.multiply(dy, vjp.apply(SIN, x))));
            case ERF -> {
                Tensor density = vjp.scale(vjp.apply(EXP, vjp.negate(vjp.apply(SQUARE, x))), 2 / Math.sqrt(Math.PI));
                vjp.gradient(0, vjp.multiply(dy, density));
            }
            case SOFTPLUS -> vjp.gradient(0, vjp.multiply(dy, vjp.apply(SIGMOID, x)));
            case TANH -> vjp.gradient(0, vjp.apply(UnaryBackwardOp.TANH_BACKWARD, y, dy));
            case SIGMOID -> vjp.gradient(0, vjp.apply(UnaryBackwardOp.SIGMOID_BACKWARD, y, dy));
            case RELU -> vjp.gradient(0, vjp.apply(UnaryBackwardOp.RELU_BACKWARD, y, dy));
            case GELU -> vjp.gradient(0, vjp.apply(UnaryBackwardOp.GELU_BACKWARD, x, dy));
            case GELU_TANH -> vjp.gradient(0, vjp.apply(UnaryBackwardOp.GELU_TANH_BACKWARD, x, dy));
            case SILU -> vjp.gradient(0, vjp.apply(UnaryBackwardOp.SILU_BACKWARD, x, dy));
            // Constant wherever a derivative exists: no gradient flows.
            case SIGN, FLOOR, CEIL, ROUND, LOGICAL_NOT, IS_NAN, IS_FINITE -> {}
        }
    }
}
