package dev.lamina.layers;

import dev.lamina.initializers.Initializer;
import dev.lamina.initializers.Initializers;
import dev.lamina.ops.Window;
import dev.lamina.regularizers.Regularizer;
import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Convolution of images {@code (batch, height, width, channels)} to {@code (batch, height', width', filters)}. Weights:
 * kernel {@code (kernelHeight, kernelWidth, channels / groups, filters)}, bias {@code (filters,)}.
 */
public final class Conv2D extends Layer {
    private final int filters;
    private final Window window;
    private final int groups;
    private final ActivationFunction activation;
    private final boolean useBias;
    private final Initializer kernelInitializer;
    private final Initializer biasInitializer;
    private final Optional<Regularizer> kernelRegularizer;
    private @Nullable Variable kernel;
    private @Nullable Variable bias;

    /** A square kernel, stride 1, no padding. */
    public Conv2D(int filters, int kernelSize, String activation) {
        this(of(filters, kernelSize, kernelSize).activation(activation));
    }

    private Conv2D(Builder builder) {
        super(builder.options());
        if (builder.filters < 1 || builder.groups < 1 || builder.filters % builder.groups != 0) {
            throw new IllegalArgumentException(
                    "[" + name() + "] expected a positive number of filters that is a multiple of "
                            + "groups; received filters " + builder.filters + " and groups " + builder.groups + ".");
        }
        filters = builder.filters;
        window = Window.of(builder.height, builder.width)
                .strides(builder.strideY, builder.strideX)
                .dilation(builder.dilationY, builder.dilationX)
                .padding(Windows.padding(name(), builder.padding));
        groups = builder.groups;
        activation = builder.activation;
        useBias = builder.useBias;
        kernelInitializer = builder.kernelInitializer;
        biasInitializer = builder.biasInitializer;
        kernelRegularizer = builder.kernelRegularizer;
    }

    /** A layer of so many filters with a kernel of that size, with more options to come. */
    public static Builder of(int filters, int kernelHeight, int kernelWidth) {
        return new Builder(filters, kernelHeight, kernelWidth);
    }

    /** The options of a Conv2D layer. */
    public static final class Builder extends LayerBuilder<Builder, Conv2D> {
        private final int filters;
        private final int height;
        private final int width;
        private int strideY = 1;
        private int strideX = 1;
        private int dilationY = 1;
        private int dilationX = 1;
        private String padding = "valid";
        private int groups = 1;
        private ActivationFunction activation = Activations.of("linear");
        private boolean useBias = true;
        private Initializer kernelInitializer = Initializers.glorotUniform();
        private Initializer biasInitializer = Initializers.zeros();
        private Optional<Regularizer> kernelRegularizer = Optional.empty();

        private Builder(int filters, int height, int width) {
            this.filters = filters;
            this.height = height;
            this.width = width;
        }

        @Override
        protected Builder self() {
            return this;
        }

        public Builder strides(int y, int x) {
            strideY = y;
            strideX = x;
            return this;
        }

        public Builder dilation(int y, int x) {
            dilationY = y;
            dilationX = x;
            return this;
        }

        /** {@code "valid"} (none) or {@code "same"}. */
        public Builder padding(String name) {
            padding = name;
            return this;
        }

        public Builder groups(int count) {
            groups = count;
            return this;
        }

        public Builder activation(String name) {
            return activation(Activations.of(name));
        }

        public Builder activation(ActivationFunction function) {
            activation = function;
            return this;
        }

        public Builder useBias(boolean use) {
            useBias = use;
            return this;
        }

        public Builder kernelInitializer(Initializer initializer) {
            kernelInitializer = initializer;
            return this;
        }

        public Builder biasInitializer(Initializer initializer) {
            biasInitializer = initializer;
            return this;
        }

        public Builder kernelRegularizer(Regularizer regularizer) {
            kernelRegularizer = Optional.of(regularizer);
            return this;
        }

        @Override
        public Conv2D build() {
            return new Conv2D(this);
        }
    }

    @Override
    protected InputSpec inputSpec() {
        InputSpec spec = InputSpec.ofRank(4);
        return kernel == null ? spec : spec.withAxis(-1, kernel.shape().size(2) * groups);
    }

    @Override
    protected void build(Shape inputShape) {
        int channels = inputShape.size(-1);
        if (channels != Shape.UNKNOWN && channels % groups != 0) {
            throw new dev.lamina.errors.ShapeException(
                    "[" + name() + "] expected a number of channels that is a multiple of " + groups
                            + " groups; received shape " + inputShape + ".");
        }
        int inputs = channels == Shape.UNKNOWN ? channels : channels / groups;
        kernel = addWeight(WeightSpec.of("kernel", window.size().append(inputs, filters))
                .initializer(kernelInitializer)
                .regularizer(kernelRegularizer));
        if (useBias) {
            bias = addWeight("bias", Shape.of(filters), biasInitializer);
        }
    }

    @Override
    protected Tensor call(Tensor x) {
        Tensor y = NN.conv(x, Ops.cast(Built.get(this, kernel), computeDType()), window, groups);
        if (bias != null) {
            y = Ops.add(y, Ops.cast(bias, computeDType()));
        }
        return activation.apply(y);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("filters", filters);
        config.put("kernel_size", Windows.list(window.size()));
        config.put("strides", Windows.list(window.strides()));
        config.put("dilation_rate", Windows.list(window.dilation()));
        config.put("padding", Windows.name(window));
        config.put("groups", groups);
        config.put("activation", activation.name());
        config.put("use_bias", useBias);
        config.put("kernel_initializer", kernelInitializer.config());
        config.put("bias_initializer", biasInitializer.config());
        kernelRegularizer.ifPresent(regularizer -> config.put("kernel_regularizer", regularizer.config()));
        return config;
    }

    static Conv2D fromConfig(Map<String, ?> entries) {
        LayerConfig config = new LayerConfig(entries);
        int[] size = config.integers("kernel_size");
        int[] strides = config.integers("strides");
        int[] dilation = config.integers("dilation_rate");
        Builder builder = of(config.integer("filters"), size[0], size[1])
                .fromBaseConfig(entries)
                .strides(strides[0], strides[1])
                .dilation(dilation[0], dilation[1])
                .padding(config.text("padding"))
                .groups(config.integer("groups"))
                .activation(config.activation("activation"))
                .useBias(config.flag("use_bias"))
                .kernelInitializer(config.initializer("kernel_initializer"))
                .biasInitializer(config.initializer("bias_initializer"));
        config.regularizer("kernel_regularizer").ifPresent(builder::kernelRegularizer);
        return builder.build();
    }
}
