package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.layers.Dense;
import dev.lamina.metrics.BinaryAccuracy;
import dev.lamina.metrics.Metric;
import dev.lamina.metrics.MetricOptions;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import org.junit.jupiter.api.Test;

/** Compiling a model a second time. */
final class CompileAgainTest {
    private final HostArray x = HostArray.zeros(Shape.of(10, 3), DType.FLOAT32).fill(i -> Math.sin(i));
    private final HostArray y = HostArray.zeros(Shape.of(10, 1), DType.FLOAT32).fill(i -> i % 2);

    @Test
    void withTheSameMetricObject() {
        Metric metric = new BinaryAccuracy(0.5, MetricOptions.named("hits"));
        try (Sequential model = Sequential.of(new Dense(1, "sigmoid"))) {
            CompileOptions options = CompileOptions.with("sgd").loss("mse").metric(metric);
            model.compile(options);
            double before = model.evaluate(x, y).get("hits");

            model.compile(options);

            assertThat(model.evaluate(x, y).get("hits")).isEqualTo(before);
        }
        assertThat(metric.variables()).as("closed with the model").allMatch(variable -> variable.isClosed());
    }

    @Test
    void metricsMadeFromNamesAreFreed() {
        try (Sequential model = Sequential.of(new Dense(1, "sigmoid"))) {
            model.compile("sgd", "mse", "accuracy");
            model.evaluate(x, y);
            Metric made = model.metrics().get(0);

            model.compile("sgd", "mse");

            assertThat(made.variables()).allMatch(variable -> variable.isClosed());
        }
    }
}
