package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.data.HostBatch;
import dev.lamina.layers.CallContext;
import dev.lamina.metrics.Mean;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Losses and metrics of a model of two outputs, which are its inputs. */
final class SeveralOutputsTest {
    private static final Offset<Double> CLOSE = Offset.offset(1e-6);

    private final HostArray a = HostArray.of(new float[] {1, 3}, 2, 1);
    private final HostArray b = HostArray.of(new float[] {2, 4}, 2, 1);
    private final HostArray zeros = HostArray.of(new float[] {0, 0}, 2, 1);

    private static final class Two extends Model {
        private final List<String> names;

        private Two(String... names) {
            this.names = List.of(names);
        }

        @Override
        public List<String> outputNames() {
            return names;
        }

        @Override
        protected List<Tensor> call(List<Tensor> inputs, CallContext context) {
            return inputs;
        }
    }

    private Map<String, Double> evaluate(Model model, CompileOptions options) {
        try (model) {
            model.compile(options);
            return model.evaluate(List.of(a, b), List.of(zeros, zeros), EvaluateOptions.DEFAULT);
        }
    }

    @Test
    void byName() {
        Map<String, Double> values = evaluate(
                new Two("out_a", "out_b"),
                CompileOptions.with("sgd")
                        .loss("out_b", "mae")
                        .loss("out_a", "mse")
                        .lossWeight("out_b", 0.5)
                        .metric("out_a", "mae")
                        .metric("mse"));

        assertThat(values.keySet())
                .containsExactly("loss", "out_a_loss", "out_a_mae", "out_a_mse", "out_b_loss", "out_b_mse");
        assertThat(values.get("out_a_loss")).isCloseTo(5, CLOSE);
        assertThat(values.get("out_b_loss")).as("without its weight").isCloseTo(3, CLOSE);
        assertThat(values.get("loss")).isCloseTo(5 + 0.5 * 3, CLOSE);
        assertThat(values.get("out_a_mae")).isCloseTo(2, CLOSE);
        assertThat(values.get("out_b_mse")).isCloseTo(10, CLOSE);
    }

    @Test
    void byPlaceWithoutNames() {
        Map<String, Double> values = evaluate(
                new Two(),
                CompileOptions.with("sgd").loss("mse").lossWeights(1, 0.5).metric(1, "mae"));

        assertThat(values.keySet())
                .containsExactly("loss", "mean_squared_error_1_loss", "mean_squared_error_loss", "output_1_mae");
        assertThat(values.get("loss")).isCloseTo(5 + 0.5 * 10, CLOSE);
        assertThat(values.get("output_1_mae")).isCloseTo(3, CLOSE);
    }

    @Test
    void aLossForOneOutputOnly() {
        try (Model model = new Two("out_a", "out_b")) {
            model.compile(CompileOptions.with("sgd").loss("out_b", "mse").metric("out_b", "mae"));

            Map<String, Double> values = model.evaluate(List.of(a, b), List.of(zeros), EvaluateOptions.DEFAULT);

            assertThat(values.keySet()).containsExactly("loss", "out_b_mae");
            assertThat(values.get("loss")).isCloseTo(10, CLOSE);
            assertThat(values.get("out_b_mae")).isCloseTo(3, CLOSE);
        }
    }

    @Test
    void weightsForEachOutput() {
        try (Model model = new Two("out_a", "out_b")) {
            model.compile(CompileOptions.with("sgd").loss("mse"));

            Map<String, Double> values = model.testOnBatch(new HostBatch(
                    List.of(a, b),
                    List.of(zeros, zeros),
                    List.of(HostArray.of(new float[] {1, 0}), HostArray.of(new float[] {0, 1}))));

            assertThat(values.get("out_a_loss")).isCloseTo(0.5, CLOSE);
            assertThat(values.get("out_b_loss")).isCloseTo(8, CLOSE);
        }
    }

    @Test
    void anOutputThatDoesNotExist() {
        assertThatThrownBy(() -> evaluate(
                        new Two("out_a", "out_b"), CompileOptions.with("sgd").loss("out_c", "mse")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[compile] expected a loss for one of the model's 2 outputs, [out_a, out_b]; received"
                        + " \"out_c\".");
        assertThatThrownBy(() -> evaluate(
                        new Two(), CompileOptions.with("sgd").loss("mse").metric(2, "mae")))
                .hasMessage("[compile] expected a metric for one of the model's 2 outputs, by its index, for they have"
                        + " no names; received \"2\".");
    }

    @Test
    void oneMetricObjectForAll() {
        assertThatThrownBy(() -> evaluate(
                        new Two(), CompileOptions.with("sgd").loss("mse").metric(new Mean("m"))))
                .hasMessage("[compile] expected a metric object of its own for each of 2 outputs; received \"m\" for"
                        + " several. Give the name, or a metric(output, ...) for each.");
    }

    @Test
    void aTargetTooFew() {
        try (Two model = new Two("out_a", "out_b")) {
            model.compile("sgd", "mse");

            assertThatThrownBy(() -> model.evaluate(List.of(a, b), List.of(zeros), EvaluateOptions.DEFAULT))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageEndingWith(
                            "expected a target for each output of the model; received 1 targets and 2 outputs.");
        }
    }
}
