package dev.lamina.ops;

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
 * @param keeps whether what is pooled is a result too, the first
 */
public record PooledConvolution(FusedOp.Convolution convolution, PoolingOp.MaxPool pool, boolean cut, boolean keeps)
        implements FusedOp {
    @Override
    public String opName() {
        return "pooled_conv";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> inputs) {
        Check.count(this, inputs, 3);
        List<TensorSpec> places = convolution.infer(inputs);
        TensorSpec pooled = pool.infer(places).get(0);
        return keeps ? List.of(places.get(0), pooled) : List.of(pooled);
    }

    @Override
    public Optional<List<Tensor>> define(OpSink ops, List<Tensor> inputs) {
        Tensor product = ops.apply(convolution.product(), inputs.get(0), inputs.get(1));
        Tensor places = ops.add(product, inputs.get(2));
        Tensor pooled = ops.apply(pool, places);
        Tensor y = cut ? ops.apply(UnaryOp.RELU, pooled) : pooled;
        return Optional.of(keeps ? List.of(places, y) : List.of(y));
    }
}
