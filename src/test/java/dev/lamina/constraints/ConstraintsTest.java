package dev.lamina.constraints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.errors.ModelFormatException;
import dev.lamina.layers.Dense;
import dev.lamina.layers.LayerRegistry;
import dev.lamina.models.FitOptions;
import dev.lamina.models.Sequential;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the constraints do to a weight, alone and after an update. */
final class ConstraintsTest {
    /** Columns of norm 5, 0 and 1. */
    private static final HostArray WEIGHT = HostArray.of(new float[][] {{3, 0, -0.6f}, {-4, 0, 0.8f}});

    private static float[] apply(Constraint constraint) {
        return constraint.apply(Ops.tensor(WEIGHT)).toHost().toFloatArray();
    }

    private static void expect(float[] found, double... expected) {
        assertThat(found).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) found[i]).as("element " + i).isCloseTo(expected[i], within(1e-5));
        }
    }

    @Test
    void maxNormShortensWhatIsTooLong() {
        expect(apply(new MaxNorm()), 1.2, 0, -0.6, -1.6, 0, 0.8);
    }

    @Test
    void maxNormAlongSeveralAxes() {
        double factor = 2 / Math.sqrt(26);
        expect(apply(new MaxNorm(2, 0, 1)), 3 * factor, 0, -0.6 * factor, -4 * factor, 0, 0.8 * factor);
    }

    @Test
    void minMaxNormMovesByItsRate() {
        // Norm 5 goes to 3.5 and norm 1 to 1.5; nothing lengthens a zero.
        expect(apply(new MinMaxNorm(2, 2, 0.5)), 2.1, 0, -0.9, -2.8, 0, 1.2);
    }

    @Test
    void nonNegCutsAtZero() {
        expect(apply(new NonNeg()), 3, 0, 0, 0, 0, 0.8);
    }

    @Test
    void unitNormKeepsDirections() {
        expect(apply(new UnitNorm()), 0.6, 0, -0.6, -0.8, 0, 0.8);
        expect(apply(new UnitNorm(1)), 3 / 3.0594117, 0, -0.6 / 3.0594117, -4 / 4.0792156, 0, 0.8 / 4.0792156);
    }

    @Test
    void configsAreThoseOfKeras() {
        assertThat(new MaxNorm(3, 0, 1, 2).config())
                .containsEntry("module", "keras.constraints")
                .containsEntry("class_name", "MaxNorm")
                .containsEntry("config", Map.of("max_value", 3.0, "axis", List.of(0, 1, 2)))
                .containsEntry("registered_name", null);
        assertThat(new MinMaxNorm().config())
                .containsEntry("config", Map.of("min_value", 0.0, "max_value", 1.0, "rate", 1.0, "axis", 0));
        for (Constraint constraint :
                List.of(new MaxNorm(3, 0, 1), new MinMaxNorm(1, 2, 0.5, 1), new NonNeg(), new UnitNorm(1))) {
            assertThat(Constraints.fromConfig(constraint.config())).isEqualTo(constraint);
        }
        assertThat(Constraints.of("non_neg")).isEqualTo(new NonNeg());
        assertThat(Constraints.fromConfig(Map.of("class_name", "MaxNorm", "config", Map.of())))
                .isEqualTo(new MaxNorm());
    }

    @Test
    void oneOfYourOwnIsRegistered() {
        record Half() implements Constraint {
            @Override
            public Tensor apply(Tensor weight) {
                return Ops.multiply(weight, 0.5);
            }
        }
        Constraints.register("Half", config -> new Half());
        assertThat(Constraints.fromConfig(Map.of("class_name", "my_package>Half", "config", Map.of())))
                .isEqualTo(new Half());
    }

    @Test
    void errorsNameWhatIsWrong() {
        assertThatThrownBy(() -> Constraints.of("max_nrom"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("[constraint] expected a registered constraint; received \"max_nrom\". Did you "
                        + "mean max_norm? Known: [")
                .hasMessageContaining("MaxNorm, MinMaxNorm, NonNeg, UnitNorm");
        assertThatThrownBy(() -> Constraints.fromConfig(Map.of("class_name", "UnitNorm", "config", Map.of("power", 3))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("[UnitNorm] expected a config without \"power\", which is not supported here; received 3.");
        assertThatThrownBy(
                        () -> Constraints.fromConfig(Map.of("class_name", "UnitNorm", "config", Map.of("axis", "x"))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("[UnitNorm] expected a list of whole numbers for \"axis\"; received x in {axis=x}.");
        assertThatThrownBy(() ->
                        Constraints.fromConfig(Map.of("class_name", "MaxNorm", "config", Map.of("max_value", -1))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("[constraint] expected a valid config of MaxNorm; received {max_value=-1}: "
                        + "[max_norm] expected a maximum of at least 0; received -1.0.");
        assertThatThrownBy(() -> new MinMaxNorm(2, 1, 1, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "[min_max_norm] expected 0 <= min <= max and a rate from 0 to 1; received min 2.0, max 1.0, "
                                + "rate 1.0.");
        Constraint lambda = weight -> weight;
        assertThatThrownBy(lambda::config)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith(
                        "[constraint] expected a constraint with a config, to write it to a file; received ")
                .hasMessageEndingWith(". Override config().");
    }

    @Test
    void fitHoldsThemAfterEachUpdate() {
        HostArray x = HostArray.of(new float[][] {{1, -2}, {3, 4}, {-5, 6}});
        HostArray y = HostArray.of(new float[][] {{-9}, {-8}, {-7}});
        try (Sequential model = Sequential.of(Dense.of(1)
                .kernelConstraint(new MinMaxNorm(0.25, 0.25, 1))
                .biasConstraint(new NonNeg())
                .build())) {
            model.compile("sgd", "mean_squared_error");
            model.fit(x, y, FitOptions.epochs(3).batchSize(2).verbose(false));
            float[] kernel = model.weights().get(0).toHost().toFloatArray();
            assertThat(Math.hypot(kernel[0], kernel[1])).isCloseTo(0.25, within(1e-5));
            assertThat(model.weights().get(1).toHost().toFloatArray()).containsExactly(0);
        }
    }

    @Test
    void denseKeepsThemInItsConfig() {
        try (Dense layer = Dense.of(3)
                .kernelConstraint(new MaxNorm(3))
                .biasConstraint(new NonNeg())
                .build()) {
            Map<String, Object> config = layer.config();
            assertThat(config)
                    .containsEntry("kernel_constraint", new MaxNorm(3).config())
                    .containsEntry("bias_constraint", new NonNeg().config());
            try (var rebuilt = LayerRegistry.deserialize(LayerRegistry.serialize(layer))) {
                assertThat(rebuilt.config()).isEqualTo(config);
            }
        }
    }
}
