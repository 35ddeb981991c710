package dev.lamina.layers;

import dev.lamina.constraints.Constraint;
import dev.lamina.initializers.Initializer;
import dev.lamina.ops.Window;
import dev.lamina.regularizers.Regularizer;

/**
 * The options that all convolution layers share. Sizes, strides and dilations are one number for all spatial axes or
 * one for each.
 *
 * @param <B> the builder itself
 * @param <L> the layer it makes
 */
public abstract class ConvolutionBuilder<B extends ConvolutionBuilder<B, L>, L extends Layer> extends LayerBuilder<B, L>
        implements BiasBuilder<B> {
    private Window window;
    private String padding = "valid";
    private ActivationFunction activation = Activations.of("linear");
    private boolean useBias = true;
    private WeightOptions biasOptions = WeightOptions.BIAS;

    ConvolutionBuilder(int rank, int... kernelSize) {
        window = Window.of(Windows.each("a kernel size", rank, kernelSize));
    }

    /** By how much the window moves; 1 unless given. */
    public final B strides(int... strides) {
        window = window.strides(strides);
        return self();
    }

    /** The distance between the elements that the window sees; 1 unless given. */
    public final B dilation(int... rate) {
        window = window.dilation(rate);
        return self();
    }

    /** {@code "valid"} (none), {@code "same"}, or, in Conv1D, {@code "causal"} (before the first element only). */
    public final B padding(String name) {
        padding = name;
        return self();
    }

    public final B activation(String name) {
        return activation(Activations.of(name));
    }

    public final B activation(ActivationFunction function) {
        activation = function;
        return self();
    }

    public final B useBias(boolean use) {
        useBias = use;
        return self();
    }

    @Override
    public final B biasInitializer(Initializer initializer) {
        biasOptions = biasOptions.withInitializer(initializer);
        return self();
    }

    @Override
    public final B biasRegularizer(Regularizer regularizer) {
        biasOptions = biasOptions.withRegularizer(regularizer);
        return self();
    }

    @Override
    public final B biasConstraint(Constraint constraint) {
        biasOptions = biasOptions.withConstraint(constraint);
        return self();
    }

    /** The window without its padding. */
    final Window window() {
        return window;
    }

    final String padding() {
        return padding;
    }

    final ActivationFunction activation() {
        return activation;
    }

    final boolean useBias() {
        return useBias;
    }

    final WeightOptions biasOptions() {
        return biasOptions;
    }

    /** Reads what all convolution layers have, but for the kernel's size. */
    final B fromConvolutionConfig(LayerConfig config) {
        config.only("data_format", "channels_last");
        fromBaseConfig(config.entries());
        strides(config.integers("strides", 1));
        dilation(config.integers("dilation_rate", 1));
        padding(config.text("padding", "valid"));
        activation(config.activation("activation", "linear"));
        useBias(config.flag("use_bias", true));
        biasOptions = WeightOptions.BIAS.from(config, "bias");
        return self();
    }

    static int[] kernelSize(LayerConfig config) {
        return config.has("kernel_size") ? config.integers("kernel_size", 1) : config.integers("kernel_size");
    }
}
