package dev.lamina.layers;

import dev.lamina.runtime.Ops;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;

/** The choice that the dropout layers make. */
final class Drop {
    private Drop() {}

    /** Where to keep: true with probability {@code 1 - rate}; bool, of that shape. */
    static Tensor kept(Shape shape, double rate, DType type, SeedGenerator generator) {
        return Ops.greaterEqual(generator.uniform(shape, type), Ops.constant(rate, type));
    }

    /** Sets a fraction of the elements to 0 and scales the others; where the noise's axis has size 1, all along it. */
    static Tensor scaled(Tensor x, Shape noise, double rate, SeedGenerator generator) {
        if (rate == 1) {
            return Ops.multiply(x, 0);
        }
        Tensor kept = kept(noise, rate, x.dtype(), generator);
        return Ops.where(kept, Ops.multiply(x, 1 / (1 - rate)), Ops.constant(0, x.dtype()));
    }

    /** The shape of the noise for an input: an unknown axis is as long as the input's. */
    static Shape noise(Shape wanted, Shape input) {
        Shape noise = wanted;
        for (int axis = 0; axis < Math.min(noise.rank(), input.rank()); axis++) {
            noise = noise.size(axis) == Shape.UNKNOWN ? noise.withSize(axis, input.size(axis)) : noise;
        }
        return noise;
    }
}
