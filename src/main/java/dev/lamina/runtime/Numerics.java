package dev.lamina.runtime;

import dev.lamina.ops.ReductionOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;

/** Functions made of several ops, taking care of what single ones would get wrong. */
public final class Numerics {
    private Numerics() {}

    /** {@code a / b}, and 0 where b is 0; there no gradient flows either. */
    public static Tensor divideNoNan(Tensor a, Tensor b) {
        DType dtype = Autocast.dtype(b);
        Tensor zero = Ops.constant(0, dtype);
        Tensor isZero = Ops.equal(b, zero);
        Tensor quotient = Ops.divide(a, Ops.where(isZero, Ops.constant(1, dtype), b));
        return Ops.where(isZero, zero, quotient);
    }

    /** The vectors along an axis scaled to length 1: {@code x / max(|x|, 1e-7)}. */
    public static Tensor normalize(Tensor x, int axis) {
        Tensor squares = Ops.reduce(ReductionOp.Kind.SUM, Ops.square(x), true, axis);
        return Ops.multiply(x, Ops.rsqrt(Ops.maximum(squares, 1e-14)));
    }

    /**
     * {@code log sum exp(x)} along the last axis, without overflow; where {@code included} is false, an element does
     * not count. A row without any gives about -1e30, whose exponential is 0.
     */
    public static Tensor logSumExp(Tensor x, Tensor included) {
        Tensor masked = Ops.where(included, x, -1e30);
        Tensor top = Ops.stopGradient(Ops.reduce(ReductionOp.Kind.MAX, masked, true, -1));
        Tensor sum = Ops.sum(Ops.exp(Ops.subtract(masked, top)), -1);
        return Ops.add(Ops.log(sum), Ops.reshape(top, sum.shape().sizes()));
    }

    /**
     * Sums from each element to the end of the last axis: {@code y[i] = x[i] + x[i + 1] + ...}; a product with a
     * triangular matrix.
     */
    public static Tensor sumToEnd(Tensor x) {
        int size = x.shape().size(-1);
        Tensor place = Ops.range(0, size, DType.INT32);
        Tensor after = Ops.greaterEqual(Ops.expandDims(place, -1), Ops.expandDims(place, 0));
        Tensor rows = Ops.reshape(x, -1, size);
        return Ops.reshape(
                Ops.matmul(rows, Ops.cast(after, x.dtype())), x.shape().sizes());
    }

    /** Whether each element is one of the {@code k} largest along the last axis; of equal ones the first count. */
    public static Tensor topK(Tensor x, int k) {
        int size = x.shape().size(-1);
        Tensor lowest = Ops.constant(Double.NEGATIVE_INFINITY, x.dtype());
        Tensor places = Ops.range(0, size, DType.INT32);
        Tensor left = x;
        Tensor chosen = Ops.equal(places, Ops.expandDims(Ops.argmax(left, -1), -1));
        for (int i = 1; i < k; i++) {
            left = Ops.where(chosen, lowest, x);
            chosen = Ops.logicalOr(chosen, Ops.equal(places, Ops.expandDims(Ops.argmax(left, -1), -1)));
        }
        return chosen;
    }
}
