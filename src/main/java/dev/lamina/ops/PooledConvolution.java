package dev.lamina.ops;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;

/**
 * {@code maxPool(conv(x, kernel) + bias)}, cut off below 0 where asked to. Inputs {@code (x, kernel, bias)}, the bias
 * of one number a filter.
 *
 * @param pool of the places of the convolution
 * @param cut whether relu follows
 * @param kept what is a result too, the first
 */
public record PooledConvolution(FusedOp.Convolution convolution, PoolingOp.MaxPool pool, boolean cut, Kept kept)
        implements FusedOp {
    /** What is left beside the maxima. */
    public enum Kept {
        NOTHING,
        /** What is pooled. */
        PLACES,
        /**
         * For each maximum, as uint8, the number of the element of the window, row by row, that is the first to equal
         * it; 255 if none does (NaN), or if relu cuts it off. For windows side by side on two axes, which see no
         * padding.
         */
        WINNERS
    }

    /** Whether {@link Kept#WINNERS} can be kept of places of that shape. */
    public static boolean hasWinners(Window pool, Shape places) {
        return PoolingWinners.serves(pool, places);
    }

    @Override
    public String opName() {
        return "pooled_conv";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> inputs) {
        Check.count(this, inputs, 3);
        TensorSpec places = convolution.infer(inputs).get(0);
        TensorSpec pooled = pool.infer(List.of(places)).get(0);
        return switch (kept) {
            case NOTHING -> List.of(pooled);
            case PLACES -> List.of(places, pooled);
            case WINNERS -> {
                PoolingWinners.require(this, pool.window(), places.shape());
                yield List.of(new TensorSpec(pooled.shape(), DType.UINT8), pooled);
            }
        };
    }

    @Override
    public Optional<List<Tensor>> define(OpSink ops, List<Tensor> inputs) {
        Tensor product = ops.apply(convolution.product(), inputs.get(0), inputs.get(1));
        Tensor places = ops.add(product, inputs.get(2));
        Tensor pooled = ops.apply(pool, places);
        Tensor y = cut ? ops.apply(UnaryOp.RELU, pooled) : pooled;
        return Optional.of(
                switch (kept) {
                    case NOTHING -> List.of(y);
                    case PLACES -> List.of(places, y);
                    case WINNERS -> List.of(PoolingWinners.of(ops, pool.window(), places, pooled, cut), y);
                });
    }
}
