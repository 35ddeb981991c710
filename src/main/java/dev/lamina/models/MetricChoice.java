package dev.lamina.models;

import dev.lamina.metrics.Metric;
import dev.lamina.metrics.Metrics;
import dev.lamina.tensor.Shape;
import java.util.Optional;

/**
 * A metric given to compile: by Keras's name, or as an object.
 *
 * @param name of a metric that is made when the shapes are known; empty for a given one
 * @param given made by the caller; closed with the model
 */
public record MetricChoice(String name, Optional<Metric> given) {
    static MetricChoice named(String name) {
        return new MetricChoice(name, Optional.empty());
    }

    static MetricChoice of(Metric metric) {
        return new MetricChoice("", Optional.of(metric));
    }

    Metric create(Shape target, Shape prediction) {
        return given.orElseGet(() -> Metrics.of(name, target, prediction));
    }

    /** The name in the logs: that which it was given by, as in Keras. */
    String label(Metric metric) {
        return name.isEmpty() ? metric.name() : name;
    }
}
