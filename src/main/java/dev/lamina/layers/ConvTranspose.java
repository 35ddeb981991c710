package dev.lamina.layers;

import dev.lamina.config.Config;
import dev.lamina.runtime.NN;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Conv1DTranspose, Conv2DTranspose and Conv3DTranspose. */
public abstract class ConvTranspose extends ConvolutionLayer {
    private final int filters;
    private final List<Integer> outputPadding;
    private final WeightOptions kernelOptions;
    private @Nullable Variable kernel;

    ConvTranspose(ConvTransposeBuilder<?> builder) {
        super(builder, false);
        filters = positive("number of filters", builder.filters());
        outputPadding = builder.outputPadding();
        kernelOptions = builder.kernelOptions();
        for (int axis = 0; axis < outputPadding.size(); axis++) {
            int stride = window().axes().get(axis).stride();
            if (outputPadding.get(axis) < 0 || outputPadding.get(axis) >= stride) {
                throw new IllegalArgumentException("[" + name() + "] expected an output padding of at least 0 and less "
                        + "than the stride along each axis; received " + outputPadding + " and strides "
                        + window().strides() + ".");
            }
        }
    }

    @Override
    void buildKernels(int channels) {
        kernel = addWeight(kernelOptions.spec("kernel", window().size().append(filters, channels)));
    }

    @Override
    int outputChannels(int channels) {
        return filters;
    }

    @Override
    Tensor convolve(Tensor x) {
        return NN.convTranspose(x, computed(kernel), window(), outputPadding);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.putAll(Config.entries(
                "filters",
                filters,
                "output_padding",
                outputPadding.isEmpty() ? Optional.empty() : Optional.of(outputPadding)));
        kernelOptions.writeTo(config, "kernel");
        return config;
    }
}
