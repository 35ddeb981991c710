package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.tensor.DType;

/**
 * What every metric can be told at its construction.
 *
 * @param name empty for the name of its class, such as {@code binary_accuracy}; unlike Keras's without a number behind
 *     it
 * @param dtype of the state and of what is computed
 */
public record MetricOptions(String name, DType dtype) {
    /** The class's name, float32. */
    public static final MetricOptions DEFAULT = new MetricOptions("", DType.FLOAT32);

    public static MetricOptions named(String name) {
        return DEFAULT.withName(name);
    }

    public MetricOptions withName(String newName) {
        return new MetricOptions(newName, dtype);
    }

    public MetricOptions withDType(DType newDType) {
        return new MetricOptions(name, newDType);
    }

    /** From the entries that {@link Metric#config} writes. Without a name it is what the metric was asked for by. */
    public static MetricOptions fromConfig(Config config) {
        return fromConfig(config, DType.FLOAT32);
    }

    static MetricOptions fromConfig(Config config, DType absent) {
        DType dtype = DType.of(config.text("dtype", absent.toString()));
        return new MetricOptions(config.text("name", config.owner()), dtype);
    }

    MetricOptions withDefaultName(String otherwise) {
        return name.isEmpty() ? withName(otherwise) : this;
    }
}
