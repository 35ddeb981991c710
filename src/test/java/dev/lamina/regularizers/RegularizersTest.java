package dev.lamina.regularizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.errors.ModelFormatException;
import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.GradientTape;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.runtime.Variables;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The penalties, their gradients and their configs. */
final class RegularizersTest {
    private static final HostArray WEIGHT = HostArray.of(new float[][] {{3, -4, 0}, {6, 8, 0}});

    private static double penalty(Regularizer regularizer) {
        try (Scope _ = Scope.open()) {
            return regularizer.apply(Ops.tensor(WEIGHT)).item();
        }
    }

    @Test
    void sumsOfAbsoluteAndSquaredWeights() {
        assertThat(penalty(Regularizers.l1(0.1))).isCloseTo(2.1, within(1e-6));
        assertThat(penalty(Regularizers.l2(0.1))).isCloseTo(12.5, within(1e-5));
        assertThat(penalty(Regularizers.l1l2(0.1, 0.2))).isCloseTo(27.1, within(1e-5));
        assertThat(penalty(Regularizers.l1l2(0, 0))).isZero();
    }

    @Test
    void orthogonalMeasuresTheAnglesBetweenRowsOrColumns() {
        // Rows (3, -4, 0) / 5 and (6, 8, 0) / 10: one pair, whose product is 0.36 - 0.64.
        assertThat(penalty(Regularizers.orthogonal(0.5))).isCloseTo(0.5 * 0.28, within(1e-6));
        // Columns (3, 6) and (-4, 8): (-12 + 48) / sqrt(45 * 80); the third one is 0: 1 of 3 pairs counts.
        assertThat(penalty(new OrthogonalRegularizer(0.5, OrthogonalRegularizer.Mode.COLUMNS)))
                .isCloseTo(0.5 * 0.6 / 3, within(1e-6));
        assertThat(new OrthogonalRegularizer().apply(Ops.ones(1, 4)).item()).isZero();
    }

    @Test
    void gradientsPullTowardsZero() {
        Variable weight = Variables.create("w", WEIGHT, true);
        try (GradientTape tape = GradientTape.open();
                Scope _ = Scope.open()) {
            Tensor penalty = Regularizers.l1l2(0.5, 0.25).apply(weight);
            float[] gradient =
                    tape.gradient(penalty, List.of(weight)).get(0).toHost().toFloatArray();
            assertThat(gradient).containsExactly(2f, -2.5f, 0f, 3.5f, 4.5f, 0f);
        } finally {
            weight.close();
        }
    }

    @Test
    void configsAreThoseOfKeras() {
        assertThat(Regularizers.l2(0.1).config())
                .containsEntry("module", "keras.regularizers")
                .containsEntry("class_name", "L2")
                .containsEntry("config", Map.of("l2", 0.1))
                .containsEntry("registered_name", null);
        // Keras keeps this one as float32.
        assertThat(Regularizers.l1(0.1).config()).containsEntry("config", Map.of("l1", 0.10000000149011612));
        for (Regularizer regularizer : List.of(
                new L1(0.25),
                new L2(0.3),
                new L1L2(0.1, 0.2),
                new OrthogonalRegularizer(0.25, OrthogonalRegularizer.Mode.COLUMNS))) {
            assertThat(Regularizers.fromConfig(regularizer.config())).isEqualTo(regularizer);
        }
        assertThat(Regularizers.of("l1")).isEqualTo(new L1(0.01));
        assertThat(Regularizers.of("l1_l2")).isEqualTo(new L1L2(0, 0));
        assertThat(Regularizers.of("orthogonal_regularizer")).isEqualTo(new OrthogonalRegularizer());
    }

    @Test
    void errorsNameWhatIsWrong() {
        assertThatThrownBy(() -> Regularizers.l1(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[regularizer] expected l1 to be at least 0; received -1.0.");
        assertThatThrownBy(() -> Regularizers.l1l2(0, Double.NaN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[regularizer] expected l2 to be at least 0; received NaN.");
        assertThatThrownBy(() -> Regularizers.orthogonal(1).apply(Ops.ones(4)))
                .isInstanceOf(ShapeException.class)
                .hasMessage("[orthogonal_regularizer] expected a matrix; received shape (4,).");
        assertThatThrownBy(() -> Regularizers.of("l3"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("[regularizer] expected a registered regularizer; received \"l3\".");
        assertThatThrownBy(() -> Regularizers.fromConfig(
                        Map.of("class_name", "OrthogonalRegularizer", "config", Map.of("mode", "diagonal"))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("[OrthogonalRegularizer] expected rows or columns for \"mode\"; received diagonal in "
                        + "{mode=diagonal}.");
    }
}
