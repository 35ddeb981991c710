package dev.lamina.layers;

import dev.lamina.runtime.NN;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** DepthwiseConv1D and DepthwiseConv2D. */
public abstract class DepthwiseConv extends ConvolutionLayer {
    private final int depthMultiplier;
    private final WeightOptions depthwiseOptions;
    private @Nullable Variable kernel;

    DepthwiseConv(DepthwiseConvBuilder<?> builder) {
        super(builder, false);
        depthMultiplier = positive("depth multiplier", builder.depthMultiplier());
        depthwiseOptions = builder.depthwiseOptions();
    }

    @Override
    void buildKernels(int channels) {
        kernel = addWeight(depthwiseOptions.spec("kernel", window().size().append(channels, depthMultiplier)));
    }

    @Override
    int outputChannels(int channels) {
        return channels * depthMultiplier;
    }

    @Override
    Tensor convolve(Tensor x) {
        return NN.depthwiseConv(x, computed(kernel), window());
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("depth_multiplier", depthMultiplier);
        depthwiseOptions.writeTo(config, "depthwise");
        return config;
    }
}
