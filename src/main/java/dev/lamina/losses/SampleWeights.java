package dev.lamina.losses;

import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.Numerics;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;

/**
 * How weights and masks meet the numbers they belong to. Weights of the leading axes count for all that lies behind
 * them: {@code (batch,)} or {@code (batch, 1)} weigh samples, {@code (batch, time)} weigh positions. They are never
 * repeated along leading axes.
 */
public final class SampleWeights {
    private SampleWeights() {}

    /**
     * The weights with as many axes as the values, by appending axes of size 1 (or dropping one). Sizes must be equal
     * to those of the values or 1; anything else is a {@link ShapeException}. Values without axes, the loss of a whole
     * batch, take any weights.
     *
     * @param where the loss or metric, for the error
     * @param what what they are, for the error: {@code "sample weights"}
     */
    public static Tensor fit(String where, String what, Tensor weights, Shape values) {
        Shape given = weights.shape();
        if (values.rank() == 0) {
            return weights;
        }
        Shape shape = given.rank() == values.rank() + 1 && given.size(-1) == 1 ? given.drop(-1) : given;
        int missing = values.rank() - shape.rank();
        if (missing > 0) {
            int[] ones = new int[missing];
            Arrays.fill(ones, 1);
            shape = shape.append(ones);
        }
        boolean fits = missing >= 0;
        for (int axis = 0; fits && axis < values.rank(); axis++) {
            int size = shape.size(axis);
            fits = size == 1
                    || size == values.size(axis)
                    || size == Shape.UNKNOWN
                    || values.size(axis) == Shape.UNKNOWN;
        }
        if (!fits) {
            throw new ShapeException("[" + where + "] expected " + what + " whose axes are the leading axes of "
                    + values + ", one number each, or of size 1; received " + given
                    + ". Nothing is repeated along leading axes: reshape them.");
        }
        return shape.equals(given) ? weights : Ops.reshape(weights, shape.sizes());
    }

    /**
     * Weights and mask in one: 0 where the mask is false.
     *
     * @param rescale whether to make up for what the mask leaves out, so that a mean over all is the mean over the
     *     valid ones: times {@code total / valid}, or 0 if none is valid
     */
    public static Optional<Tensor> merge(
            String where, Optional<Tensor> weights, Optional<Tensor> mask, boolean rescale, DType dtype) {
        Optional<Tensor> cast = weights.map(tensor -> Ops.cast(tensor, dtype));
        if (mask.isEmpty()) {
            return cast;
        }
        Tensor valid = Ops.cast(Ops.cast(mask.get(), DType.BOOL), dtype);
        Tensor factor = rescale
                ? Ops.multiply(
                        valid,
                        Numerics.divideNoNan(Ops.constant((double) valid.shape().elements(), dtype), Ops.sum(valid)))
                : valid;
        return Optional.of(cast.map(tensor -> product(where, tensor, factor)).orElse(factor));
    }

    private static Tensor product(String where, Tensor weights, Tensor mask) {
        return weights.shape().rank() > mask.shape().rank()
                ? Ops.multiply(weights, fit(where, "a mask", mask, weights.shape()))
                : Ops.multiply(fit(where, "sample weights", weights, mask.shape()), mask);
    }
}
