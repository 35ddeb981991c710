package dev.lamina.runtime;

import dev.lamina.tensor.Tensor;

/** Functions made of several ops, taking care of what single ones would get wrong. */
public final class Numerics {
    private Numerics() {}

    /** {@code a / b}, and 0 where b is 0; there no gradient flows either. */
    public static Tensor divideNoNan(Tensor a, Tensor b) {
        Tensor zero = Ops.constant(0, b.dtype());
        Tensor isZero = Ops.equal(b, zero);
        Tensor quotient = Ops.divide(a, Ops.where(isZero, Ops.constant(1, b.dtype()), b));
        return Ops.where(isZero, zero, quotient);
    }
}
