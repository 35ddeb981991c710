package dev.lamina.layers;

import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.NN;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Conv1D, Conv2D and Conv3D. */
public abstract class Conv extends ConvolutionLayer {
    private final int filters;
    private final int groups;
    private final WeightOptions kernelOptions;
    private @Nullable Variable kernel;

    Conv(ConvBuilder<?> builder) {
        super(builder, builder.window().rank() == 1);
        filters = builder.filters();
        groups = builder.groups();
        kernelOptions = builder.kernelOptions();
        if (filters < 1 || groups < 1 || filters % groups != 0) {
            throw new IllegalArgumentException("[" + name() + "] expected a positive number of filters that is a "
                    + "multiple of groups; received filters " + filters + " and groups " + groups + ".");
        }
    }

    @Override
    void buildKernels(int channels) {
        if (channels % groups != 0) {
            throw new ShapeException("[" + name() + "] expected a number of channels that is a multiple of " + groups
                    + " groups; received " + channels + " channels.");
        }
        kernel = addWeight(kernelOptions.spec("kernel", window().size().append(channels / groups, filters)));
    }

    @Override
    int outputChannels(int channels) {
        return filters;
    }

    @Override
    Tensor convolve(Tensor x) {
        return NN.conv(x, computed(kernel), window(), groups);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("filters", filters);
        config.put("groups", groups);
        kernelOptions.writeTo(config, "kernel");
        return config;
    }
}
