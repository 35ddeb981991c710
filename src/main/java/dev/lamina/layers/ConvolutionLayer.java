package dev.lamina.layers;

import dev.lamina.config.Config;
import dev.lamina.errors.ShapeException;
import dev.lamina.ops.Window;
import dev.lamina.regularizers.Regularizer;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What all convolution layers share: {@code activation(convolve(x) + bias)} with a window over the spatial axes. */
public abstract class ConvolutionLayer extends Layer {
    private final Window window;
    private final String padding;
    private final ActivationFunction activation;
    private final boolean useBias;
    private final WeightOptions biasOptions;
    private final Optional<Regularizer> activityRegularizer;
    private int channels = Shape.UNKNOWN;
    private @Nullable Variable bias;

    ConvolutionLayer(ConvolutionBuilder<?, ?> builder, boolean mayBeCausal) {
        super(builder.options());
        window = Windows.padded(name(), builder.window(), builder.padding(), mayBeCausal);
        padding = builder.padding();
        activation = builder.activation();
        useBias = builder.useBias();
        biasOptions = builder.biasOptions();
        activityRegularizer = builder.options().activityRegularizer();
    }

    /** Makes the kernels for images of so many channels. */
    abstract void buildKernels(int inputChannels);

    /** The channels of the outputs for images of so many channels. */
    abstract int outputChannels(int inputChannels);

    /** The outputs without bias and activation. */
    abstract Tensor convolve(Tensor x);

    /** The window with its padding. */
    final Window window() {
        return window;
    }

    /** A built kernel in the type that the layer computes in. */
    final Tensor computed(@Nullable Variable kernel) {
        return Ops.cast(Built.get(this, kernel), computeDType());
    }

    /** Says that a number must be positive. */
    final int positive(String what, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(
                    "[" + name() + "] expected a positive " + what + "; received " + value + ".");
        }
        return value;
    }

    @Override
    protected InputSpec inputSpec() {
        InputSpec spec = InputSpec.ofRank(window.rank() + 2);
        return channels == Shape.UNKNOWN ? spec : spec.withAxis(-1, channels);
    }

    @Override
    protected void build(Shape inputShape) {
        int found = inputShape.size(-1);
        if (found == Shape.UNKNOWN || found == 0) {
            throw new ShapeException(
                    "[" + name() + "] expected a known number of channels, the last axis of the input; "
                            + "received shape " + inputShape + ".");
        }
        buildKernels(found);
        if (useBias) {
            bias = addWeight(biasOptions.spec("bias", Shape.of(outputChannels(found))));
        }
        channels = found;
    }

    @Override
    boolean castsIntegers() {
        return true;
    }

    @Override
    protected Tensor call(Tensor x) {
        Tensor y = convolve(x);
        if (bias != null) {
            y = Ops.add(y, Ops.cast(bias, computeDType()));
        }
        return activation.apply(y);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.putAll(Config.entries(
                "kernel_size", Windows.list(window.size()),
                "strides", Windows.list(window.strides()),
                "padding", padding,
                "data_format", "channels_last",
                "dilation_rate", Windows.list(window.dilation()),
                "activation", activation.name(),
                "use_bias", useBias,
                "activity_regularizer", activityRegularizer.map(Regularizer::config)));
        biasOptions.writeTo(config, "bias");
        return config;
    }
}
