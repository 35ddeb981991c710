package dev.lamina.layers;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** {@code x * scale + offset}, of whole numbers too; one of each, or one a channel. */
public final class Rescaling extends Layer {
    private final double[] scale;
    private final double[] offset;

    /** Without an offset: {@code new Rescaling(1.0 / 255)} for pixels. */
    public Rescaling(double scale) {
        this(scale, 0);
    }

    public Rescaling(double scale, double offset) {
        this(new double[] {scale}, new double[] {offset}, LayerOptions.DEFAULT);
    }

    /** @param scale one number, or one a channel, as {@code offset} */
    public Rescaling(double[] scale, double[] offset, LayerOptions options) {
        super(options);
        this.scale = scale.clone();
        this.offset = offset.clone();
    }

    @Override
    protected boolean supportsMasking() {
        return true;
    }

    @Override
    protected Tensor call(Tensor x) {
        return Ops.add(Ops.multiply(Ops.cast(x, computeDType()), factor(scale)), factor(offset));
    }

    private Tensor factor(double[] values) {
        return values.length == 1
                ? Ops.constant(values[0], computeDType())
                : Ops.cast(Ops.tensor(HostArray.of(values)), computeDType());
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("scale", toConfig(scale));
        config.put("offset", toConfig(offset));
        return config;
    }

    private static Object toConfig(double[] values) {
        List<Double> list = Arrays.stream(values).boxed().toList();
        return list.size() == 1 ? (Object) list.get(0) : list;
    }

    static Rescaling fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries,
                config -> new Rescaling(
                        numbers(config, "scale"),
                        config.has("offset") ? numbers(config, "offset") : new double[] {0},
                        LayerOptions.fromConfig(config)));
    }

    private static double[] numbers(LayerConfig config, String key) {
        return config.value(key) instanceof Number ? new double[] {config.number(key)} : config.numbers(key);
    }
}
