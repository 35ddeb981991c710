package dev.lamina.layers;

import dev.lamina.ops.Window;
import dev.lamina.runtime.NN;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** SeparableConv1D and SeparableConv2D: each channel by itself, then all channels at each place. */
public abstract class SeparableConv extends ConvolutionLayer {
    private final int filters;
    private final int depthMultiplier;
    private final WeightOptions depthwiseOptions;
    private final WeightOptions pointwiseOptions;
    private @Nullable Variable depthwiseKernel;
    private @Nullable Variable pointwiseKernel;

    SeparableConv(SeparableConvBuilder<?> builder) {
        super(builder, false);
        filters = positive("number of filters", builder.filters());
        depthMultiplier = positive("depth multiplier", builder.depthMultiplier());
        depthwiseOptions = builder.depthwiseOptions();
        pointwiseOptions = builder.pointwiseOptions();
    }

    @Override
    void buildKernels(int channels) {
        Shape size = window().size();
        depthwiseKernel = addWeight(depthwiseOptions.spec("depthwise_kernel", size.append(channels, depthMultiplier)));
        Shape one = onePlace().size();
        pointwiseKernel =
                addWeight(pointwiseOptions.spec("pointwise_kernel", one.append(channels * depthMultiplier, filters)));
    }

    private Window onePlace() {
        int[] size = new int[window().rank()];
        Arrays.fill(size, 1);
        return Window.of(size);
    }

    @Override
    int outputChannels(int channels) {
        return filters;
    }

    @Override
    Tensor convolve(Tensor x) {
        Tensor channels = NN.depthwiseConv(x, computed(depthwiseKernel), window());
        return NN.conv(channels, computed(pointwiseKernel), onePlace(), 1);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("filters", filters);
        config.put("depth_multiplier", depthMultiplier);
        depthwiseOptions.writeTo(config, "depthwise");
        pointwiseOptions.writeTo(config, "pointwise");
        return config;
    }
}
