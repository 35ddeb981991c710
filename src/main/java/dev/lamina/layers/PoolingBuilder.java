package dev.lamina.layers;

import dev.lamina.ops.Window;
import java.util.Map;
import java.util.function.Function;

/**
 * The options of the pooling layers. Sizes and strides are one number for all spatial axes or one for each.
 *
 * @param <L> the layer it makes
 */
public final class PoolingBuilder<L extends Layer> extends LayerBuilder<PoolingBuilder<L>, L> {
    private final Function<PoolingBuilder<L>, L> maker;
    private Window window;
    private String padding = "valid";

    PoolingBuilder(int rank, Function<PoolingBuilder<L>, L> maker, int... poolSize) {
        int[] size = Windows.each("a pool size", rank, poolSize);
        this.maker = maker;
        this.window = Window.of(size).strides(size);
    }

    static <L extends Layer> L read(int rank, Function<PoolingBuilder<L>, L> maker, Map<String, ?> entries) {
        LayerConfig config = new LayerConfig(entries);
        config.only("data_format", "channels_last");
        int[] size = config.integers("pool_size", 2);
        return new PoolingBuilder<>(rank, maker, size)
                .fromBaseConfig(entries)
                .strides(config.integers("strides", size))
                .padding(config.text("padding", "valid"))
                .build();
    }

    @Override
    protected PoolingBuilder<L> self() {
        return this;
    }

    /** By how much the window moves; by its size unless given. */
    public PoolingBuilder<L> strides(int... strides) {
        window = window.strides(strides);
        return this;
    }

    /** {@code "valid"} (none) or {@code "same"}. */
    public PoolingBuilder<L> padding(String name) {
        padding = name;
        return this;
    }

    /** The window without its padding. */
    Window window() {
        return window;
    }

    String padding() {
        return padding;
    }

    @Override
    public L build() {
        return maker.apply(this);
    }
}
