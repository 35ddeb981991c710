package dev.lamina.layers;

import dev.lamina.config.Config;
import dev.lamina.ops.ReductionOp;
import dev.lamina.ops.Window;
import dev.lamina.runtime.NN;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/** What the layers share that pool the elements under a sliding window. */
public abstract class Pooling extends Layer {
    private final ReductionOp.Kind kind;
    private final Window window;
    private final String padding;

    /** @param kind the largest element or the mean */
    Pooling(PoolingBuilder<?> builder, ReductionOp.Kind kind) {
        super(builder.options());
        this.kind = kind;
        window = Windows.padded(name(), builder.window(), builder.padding(), false);
        padding = builder.padding();
    }

    @Override
    protected InputSpec inputSpec() {
        return InputSpec.ofRank(window.rank() + 2);
    }

    @Override
    boolean castsIntegers() {
        return kind == ReductionOp.Kind.MEAN;
    }

    @Override
    protected Tensor call(Tensor x) {
        return kind == ReductionOp.Kind.MAX ? NN.maxPool(x, window) : NN.averagePool(x, window);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.putAll(Config.entries(
                "pool_size",
                Windows.list(window.size()),
                "padding",
                padding,
                "strides",
                Windows.list(window.strides()),
                "data_format",
                "channels_last"));
        return config;
    }
}
