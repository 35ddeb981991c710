package dev.lamina.layers;

import dev.lamina.ops.Window;
import dev.lamina.runtime.NN;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/** The largest element of each window, channel by channel, of images {@code (batch, height, width, channels)}. */
public final class MaxPooling2D extends Layer {
    private final Window window;

    /** Square windows side by side, no padding. */
    public MaxPooling2D(int poolSize) {
        this(of(poolSize, poolSize));
    }

    private MaxPooling2D(Builder builder) {
        super(builder.options());
        window = Window.of(builder.height, builder.width)
                .strides(builder.strideY, builder.strideX)
                .padding(Windows.padding(name(), builder.padding));
    }

    /** Windows of that size, side by side, with options to come. */
    public static Builder of(int height, int width) {
        return new Builder(height, width);
    }

    /** The options of a MaxPooling2D layer. */
    public static final class Builder extends LayerBuilder<Builder, MaxPooling2D> {
        private final int height;
        private final int width;
        private int strideY;
        private int strideX;
        private String padding = "valid";

        private Builder(int height, int width) {
            this.height = height;
            this.width = width;
            this.strideY = height;
            this.strideX = width;
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

        /** {@code "valid"} (none) or {@code "same"}. */
        public Builder padding(String name) {
            padding = name;
            return this;
        }

        @Override
        public MaxPooling2D build() {
            return new MaxPooling2D(this);
        }
    }

    @Override
    protected InputSpec inputSpec() {
        return InputSpec.ofRank(4);
    }

    @Override
    protected Tensor call(Tensor x) {
        return NN.maxPool(x, window);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("pool_size", Windows.list(window.size()));
        config.put("strides", Windows.list(window.strides()));
        config.put("padding", Windows.name(window));
        return config;
    }

    static MaxPooling2D fromConfig(Map<String, ?> entries) {
        LayerConfig config = new LayerConfig(entries);
        int[] size = config.integers("pool_size");
        int[] strides = config.integers("strides");
        return of(size[0], size[1])
                .fromBaseConfig(entries)
                .strides(strides[0], strides[1])
                .padding(config.text("padding"))
                .build();
    }
}
