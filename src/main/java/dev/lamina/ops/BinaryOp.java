package dev.lamina.ops;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.List;
import java.util.Locale;

/** Functions of two elements of one type; shapes are broadcast by NumPy's rule. Types are never promoted. */
public enum BinaryOp implements ElementwiseOp {
    ADD(Domain.NUMBERS, false),
    SUBTRACT(Domain.NUMBERS, false),
    MULTIPLY(Domain.NUMBERS, false),
    /** True division; floats only. */
    DIVIDE(Domain.FLOATS, false),
    /** The quotient rounded down. */
    FLOOR_DIVIDE(Domain.NUMBERS, false),
    /** {@code a - floor(a / b) * b}, of the divisor's sign. */
    MOD(Domain.NUMBERS, false),
    POWER(Domain.FLOATS, false),
    /** The larger one; NaN if either is. */
    MAXIMUM(Domain.NUMBERS, false),
    MINIMUM(Domain.NUMBERS, false),
    EQUAL(Domain.ANY, true),
    NOT_EQUAL(Domain.ANY, true),
    LESS(Domain.NUMBERS, true),
    LESS_EQUAL(Domain.NUMBERS, true),
    GREATER(Domain.NUMBERS, true),
    GREATER_EQUAL(Domain.NUMBERS, true),
    LOGICAL_AND(Domain.BOOLS, true),
    LOGICAL_OR(Domain.BOOLS, true);

    private enum Domain {
        ANY,
        NUMBERS,
        FLOATS,
        BOOLS
    }

    private final Domain domain;
    private final boolean predicate;

    BinaryOp(Domain domain, boolean predicate) {
        this.domain = domain;
        this.predicate = predicate;
    }

    /** Whether the result is bool. */
    public boolean isPredicate() {
        return predicate;
    }

    @Override
    public String opName() {
        return name().toLowerCase(Locale.ROOT);
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> inputs) {
        Check.count(this, inputs, 2);
        TensorSpec a = inputs.get(0);
        Check.sameDType(this, a, inputs.get(1));
        switch (domain) {
            case ANY -> {}
            case NUMBERS -> Check.numeric(this, a);
            case FLOATS -> Check.floating(this, a);
            case BOOLS -> Check.bool(this, a);
        }
        Shape shape = Shape.broadcast(opName(), a.shape(), inputs.get(1).shape());
        return List.of(new TensorSpec(shape, predicate ? DType.BOOL : a.dtype()));
    }

    @Override
    public void vjp(Vjp vjp) {
        Tensor a = vjp.input(0);
        Tensor b = vjp.input(1);
        Tensor dy = vjp.dy();
        if (vjp.needs(0)) {
            switch (this) {
                case ADD, SUBTRACT, MOD -> vjp.broadcastGradient(0, dy);
                case MULTIPLY -> vjp.broadcastGradient(0, vjp.multiply(dy, b));
                case DIVIDE -> vjp.broadcastGradient(0, vjp.divide(dy, b));
                case POWER -> {
                    Tensor lower = vjp.apply(POWER, a, vjp.offset(b, -1));
                    vjp.broadcastGradient(0, vjp.multiply(dy, vjp.multiply(b, lower)));
                }
                case MAXIMUM -> vjp.broadcastGradient(0, gate(vjp, GREATER_EQUAL, true));
                case MINIMUM -> vjp.broadcastGradient(0, gate(vjp, LESS_EQUAL, true));
                case FLOOR_DIVIDE, EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL -> {}
                case LOGICAL_AND, LOGICAL_OR -> {}
            }
        }
        if (vjp.needs(1)) {
            switch (this) {
                case ADD -> vjp.broadcastGradient(1, dy);
                case SUBTRACT -> vjp.broadcastGradient(1, vjp.negate(dy));
                case MULTIPLY -> vjp.broadcastGradient(1, vjp.multiply(dy, a));
                case DIVIDE -> vjp.broadcastGradient(1, vjp.negate(vjp.multiply(dy, vjp.divide(vjp.output(0), b))));
                case MOD -> {
                    Tensor quotient = vjp.apply(UnaryOp.FLOOR, vjp.divide(a, b));
                    vjp.broadcastGradient(1, vjp.negate(vjp.multiply(dy, quotient)));
                }
                case POWER -> {
                    // d(a^b)/db = a^b log a, taken as 0 where a is not positive.
                    Tensor zero = vjp.constant(0, a.dtype());
                    Tensor positive = vjp.apply(GREATER, a, zero);
                    Tensor safe = vjp.apply(new ElementwiseOp.Select(), positive, a, vjp.constant(1, a.dtype()));
                    Tensor slope = vjp.multiply(vjp.output(0), vjp.apply(UnaryOp.LOG, safe));
                    vjp.broadcastGradient(1, vjp.multiply(dy, slope));
                }
                case MAXIMUM -> vjp.broadcastGradient(1, gate(vjp, GREATER_EQUAL, false));
                case MINIMUM -> vjp.broadcastGradient(1, gate(vjp, LESS_EQUAL, false));
                case FLOOR_DIVIDE, EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL -> {}
                case LOGICAL_AND, LOGICAL_OR -> {}
            }
        }
    }

    /** dy where the comparison of the inputs holds (or does not), 0 elsewhere; at ties the first input gets all. */
    private static Tensor gate(Vjp vjp, BinaryOp comparison, boolean whenTrue) {
        Tensor zero = vjp.constant(0, vjp.dy().dtype());
        Tensor holds = vjp.apply(comparison, vjp.input(0), vjp.input(1));
        ElementwiseOp.Select select = new ElementwiseOp.Select();
        return whenTrue ? vjp.apply(select, holds, vjp.dy(), zero) : vjp.apply(select, holds, zero, vjp.dy());
    }
}
