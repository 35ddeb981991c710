package dev.lamina.ops;

import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.List;

/**
 * Random numbers from Philox4x32-10 (Salmon et al., 2011). The input is the generator's state, int64 {@code (2,)}: the
 * seed (the key) and the number of draws so far. Block {@code i} of four 32-bit words encrypts {@code (i, draws)} as
 * two 64-bit numbers, low word first, and serves the elements {@code 4i .. 4i+3}; so every backend draws the same
 * numbers, whatever its thread order.
 */
public sealed interface RandomOp extends Op {
    Shape shape();

    DType dtype();

    @Override
    default List<TensorSpec> infer(List<TensorSpec> inputs) {
        Check.count(this, inputs, 1);
        TensorSpec state = inputs.get(0);
        if (state.dtype() != DType.INT64 || !state.shape().equals(Shape.of(2))) {
            throw new ShapeException(
                    "[" + opName() + "] expected the state of a seed generator, int64 (2,); received " + state + ".");
        }
        return List.of(Check.floating(this, new TensorSpec(shape(), dtype())));
    }

    @Override
    default void vjp(Vjp vjp) {
        // The state is not differentiable: no gradient flows.
    }

    /**
     * Uniform in [0, 1); float16 and bfloat16 are the float32 numbers rounded towards zero. A word's upper 24 bits
     * (float64: 53 bits of two words, elements 2i and 2i+1 of a block) as a fraction.
     */
    record Uniform(Shape shape, DType dtype) implements RandomOp {
        @Override
        public String opName() {
            return "random_uniform";
        }
    }

    /**
     * Standard normal by Box and Muller's formula on a block's words (w0, w1) and (w2, w3): {@code r = sqrt(-2 log u)},
     * elements {@code r cos(2 pi v)} and {@code r sin(2 pi v)}, with {@code u = (w + 1) / 2^32} and {@code v = w' /
     * 2^32}.
     */
    record Normal(Shape shape, DType dtype) implements RandomOp {
        @Override
        public String opName() {
            return "random_normal";
        }
    }
}
