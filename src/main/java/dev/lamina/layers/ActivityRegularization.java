package dev.lamina.layers;

import dev.lamina.regularizers.Regularizers;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/** Passes its input on, and adds {@code (l1 * sum |x| + l2 * sum x^2) / batch} to the losses at each call. */
public final class ActivityRegularization extends Layer {
    private final double l1;
    private final double l2;

    public ActivityRegularization(double l1, double l2) {
        this(l1, l2, LayerOptions.DEFAULT);
    }

    public ActivityRegularization(double l1, double l2, LayerOptions options) {
        super(options.withActivityRegularizer(Regularizers.l1l2(l1, l2)));
        this.l1 = l1;
        this.l2 = l2;
    }

    @Override
    protected boolean supportsMasking() {
        return true;
    }

    @Override
    protected Tensor call(Tensor x) {
        return x;
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.remove("activity_regularizer");
        config.put("l1", l1);
        config.put("l2", l2);
        return config;
    }

    static ActivityRegularization fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries,
                config -> new ActivityRegularization(
                        config.number("l1", 0), config.number("l2", 0), LayerOptions.fromConfig(config)));
    }
}
