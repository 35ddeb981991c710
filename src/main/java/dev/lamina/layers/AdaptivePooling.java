package dev.lamina.layers;

import dev.lamina.config.Config;
import dev.lamina.errors.ShapeException;
import dev.lamina.ops.ReductionOp;
import dev.lamina.runtime.NN;
import dev.lamina.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;

/** What the layers share that pool to outputs of a fixed size. */
public abstract class AdaptivePooling extends Layer {
    private final ReductionOp.Kind kind;
    private final int[] outputSize;

    /** @param rank the number of spatial axes */
    AdaptivePooling(ReductionOp.Kind kind, int rank, LayerOptions options, int... outputSize) {
        super(options);
        this.kind = kind;
        this.outputSize = Windows.each("an output size", rank, outputSize);
        if (Arrays.stream(this.outputSize).anyMatch(size -> size < 1)) {
            throw new ShapeException("[" + name() + "] expected output sizes of at least 1; received "
                    + Arrays.toString(outputSize) + ".");
        }
    }

    static int[] outputSize(Map<String, ?> entries) {
        LayerConfig config = new LayerConfig(entries);
        config.only("data_format", "channels_last");
        return config.integers("output_size", 1);
    }

    @Override
    protected InputSpec inputSpec() {
        return InputSpec.ofRank(outputSize.length + 2);
    }

    @Override
    boolean castsIntegers() {
        return kind == ReductionOp.Kind.MEAN;
    }

    @Override
    protected Tensor call(Tensor x) {
        return NN.adaptivePool(kind, x, outputSize);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.putAll(Config.entries("output_size", Windows.list(outputSize), "data_format", "channels_last"));
        return config;
    }
}
