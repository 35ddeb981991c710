package dev.lamina.runtime;

import dev.lamina.tensor.Tensor;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What attention takes beside queries, keys and values; by default nothing. {@code B} samples, {@code N} heads,
 * {@code T} queries, {@code S} keys.
 *
 * <pre>{@code
 * NN.dotProductAttention(query, key, value, AttentionOptions.DEFAULT.causal(true))
 * }</pre>
 *
 * @param bias added to the scaled products; broadcasts to {@code (B, N, T, S)}
 * @param mask bool, true where a query may attend to a key; broadcasts to {@code (B, N, T, S)}. A query that may attend
 *     to none takes the mean of all values
 * @param scale what the products are multiplied by; without it {@code 1 / sqrt(size of a head)}
 * @param causal whether query t attends to the keys 0 to t alone
 */
public record AttentionOptions(Optional<Tensor> bias, Optional<Tensor> mask, OptionalDouble scale, boolean causal) {
    public static final AttentionOptions DEFAULT =
            new AttentionOptions(Optional.empty(), Optional.empty(), OptionalDouble.empty(), false);

    public AttentionOptions bias(Tensor added) {
        return new AttentionOptions(Optional.of(added), mask, scale, causal);
    }

    public AttentionOptions mask(Tensor allowed) {
        return new AttentionOptions(bias, Optional.of(allowed), scale, causal);
    }

    public AttentionOptions scale(double factor) {
        return new AttentionOptions(bias, mask, OptionalDouble.of(factor), causal);
    }

    public AttentionOptions causal(boolean on) {
        return new AttentionOptions(bias, mask, scale, on);
    }
}
