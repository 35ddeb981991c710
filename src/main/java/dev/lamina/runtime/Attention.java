package dev.lamina.runtime;

import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.Optional;
import java.util.stream.IntStream;

/** Dot-product attention between {@code (B, T, N, H)} queries and {@code (B, S, K, H)} keys and values. */
final class Attention {
    /** For a product that does not count; far below any that does, and held by the type. */
    private static final double NEVER = -1e30;

    private static final double NEVER_FLOAT16 = -6e4;

    private Attention() {}

    static Tensor apply(Tensor query, Tensor key, Tensor value, AttentionOptions options) {
        check(query.shape(), key.shape(), value.shape());
        int heads = query.shape().size(2);
        int size = query.shape().size(3);
        Tensor scaled = Ops.multiply(query, options.scale().orElse(1 / Math.sqrt(size)));
        Tensor q = Ops.transpose(scaled, 0, 2, 1, 3);
        Tensor k = Ops.transpose(spread(key, heads), 0, 2, 3, 1);
        Tensor v = Ops.transpose(spread(value, heads), 0, 2, 1, 3);
        Tensor products = Ops.matmul(q, k);
        if (options.bias().isPresent()) {
            products = Ops.add(products, options.bias().get());
        }
        Optional<Tensor> allowed = options.mask();
        if (options.causal()) {
            Tensor before = before(query.shape().size(1), key.shape().size(1));
            allowed = Optional.of(
                    allowed.map(mask -> Ops.logicalAnd(mask, before)).orElse(before));
        }
        if (allowed.isPresent()) {
            double never = products.dtype() == DType.FLOAT16 ? NEVER_FLOAT16 : NEVER;
            products = Ops.where(allowed.get(), products, never);
        }
        return Ops.transpose(Ops.matmul(NN.softmax(products), v), 0, 2, 1, 3);
    }

    private static void check(Shape query, Shape key, Shape value) {
        boolean valid = query.rank() == 4
                && key.rank() == 4
                && key.isCompatibleWith(value)
                && query.withSize(1, 1)
                        .withSize(2, 1)
                        .isCompatibleWith(key.withSize(1, 1).withSize(2, 1))
                && query.size(2) > 0
                && key.size(2) > 0
                && query.size(2) % key.size(2) == 0;
        if (!valid) {
            throw new ShapeException("[dot_product_attention] expected queries (B, T, N, H) with keys and values "
                    + "(B, S, K, H), N a multiple of K; received " + query + ", " + key + " and " + value + ".");
        }
    }

    /** Several queries' heads may share a head of keys: each as often as it is used. */
    private static Tensor spread(Tensor x, int heads) {
        int own = x.shape().size(2);
        if (own == heads) {
            return x;
        }
        int[] used = IntStream.range(0, heads).map(head -> head / (heads / own)).toArray();
        return Ops.transpose(Ops.gather(Ops.transpose(x, 2, 0, 1, 3), Ops.tensor(used)), 1, 2, 0, 3);
    }

    private static Tensor before(int queries, int keys) {
        Tensor query = Ops.expandDims(Ops.range(0, queries, DType.INT32), -1);
        return Ops.greaterEqual(query, Ops.range(0, keys, DType.INT32));
    }
}
