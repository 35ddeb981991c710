package dev.lamina.layers;

import dev.lamina.ops.ReductionOp;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/**
 * Writes category numbers {@code (batch, n)} as vectors: {@code "multi_hot"}, one vector a sample with a 1 for each of
 * its categories; {@code "count"}, how often each occurs; {@code "one_hot"}, one vector a number. Without a batch axis,
 * of one sample; numbers that are no category leave no trace.
 */
public final class CategoryEncoding extends Layer {
    private final int numTokens;
    private final String outputMode;

    /** Multi-hot. */
    public CategoryEncoding(int numTokens) {
        this(numTokens, "multi_hot", LayerOptions.DEFAULT);
    }

    /** @param numTokens the number of categories, which are counted from 0 */
    public CategoryEncoding(int numTokens, String outputMode, LayerOptions options) {
        super(options);
        if (numTokens < 1) {
            throw new IllegalArgumentException(
                    "[" + name() + "] expected at least one category; received " + numTokens + ".");
        }
        if (!outputMode.equals("multi_hot") && !outputMode.equals("one_hot") && !outputMode.equals("count")) {
            throw new IllegalArgumentException("[" + name()
                    + "] expected output mode multi_hot, one_hot or count; received \"" + outputMode + "\".");
        }
        this.numTokens = numTokens;
        this.outputMode = outputMode;
    }

    @Override
    protected InputSpec inputSpec() {
        return InputSpec.ofMinRank(1);
    }

    @Override
    protected Tensor call(Tensor x) {
        Tensor indices = x.dtype().isInteger() ? x : Ops.cast(x, DType.INT32);
        Tensor each = Ops.oneHot(indices, numTokens, computeDType());
        return switch (outputMode) {
            case "one_hot" -> x.shape().rank() > 1 && x.shape().size(-1) == 1 ? squeezed(each) : each;
            case "count" -> Ops.sum(each, -2);
            default -> Ops.reduce(ReductionOp.Kind.MAX, each, false, -2);
        };
    }

    /** {@code (batch, 1, categories)} is one number a sample. */
    private static Tensor squeezed(Tensor each) {
        return Ops.reduce(ReductionOp.Kind.MAX, each, false, -2);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("num_tokens", numTokens);
        config.put("output_mode", outputMode);
        config.put("sparse", false);
        return config;
    }

    static CategoryEncoding fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries,
                config -> new CategoryEncoding(
                        config.integer("num_tokens"),
                        config.only("sparse", false).text("output_mode", "multi_hot"),
                        LayerOptions.fromConfig(config)));
    }
}
