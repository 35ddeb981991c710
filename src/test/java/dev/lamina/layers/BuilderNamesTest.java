package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.constraints.Constraints;
import dev.lamina.constraints.NonNeg;
import dev.lamina.initializers.Initializers;
import dev.lamina.optimizers.Adam;
import dev.lamina.optimizers.AdamW;
import dev.lamina.regularizers.L2;
import dev.lamina.regularizers.Regularizers;
import dev.lamina.schedules.CosineDecay;
import dev.lamina.tensor.Shape;
import org.junit.jupiter.api.Test;

/** Initializers, regularizers and constraints by Keras's names, and schedules in place of learning rates. */
final class BuilderNamesTest {
    private static void assertSame(Layer byName, Layer byObject) {
        try (byName;
                byObject) {
            assertThat(byName.config()).isEqualTo(byObject.config());
        }
    }

    @Test
    void ofDense() {
        assertSame(
                Dense.of(2)
                        .name("d")
                        .kernelInitializer("he_normal")
                        .kernelRegularizer("l2")
                        .kernelConstraint("non_neg")
                        .biasInitializer("ones")
                        .biasRegularizer("l1")
                        .biasConstraint("unit_norm")
                        .activityRegularizer("l2")
                        .build(),
                Dense.of(2)
                        .name("d")
                        .kernelInitializer(Initializers.of("he_normal"))
                        .kernelRegularizer(Regularizers.of("l2"))
                        .kernelConstraint(Constraints.of("non_neg"))
                        .biasInitializer(Initializers.ones())
                        .biasRegularizer(Regularizers.of("l1"))
                        .biasConstraint(Constraints.of("unit_norm"))
                        .activityRegularizer(Regularizers.of("l2"))
                        .build());
    }

    @Test
    void ofConv2D() {
        assertSame(
                Conv2D.of(2, 3)
                        .kernelInitializer("he_normal")
                        .kernelRegularizer("l2")
                        .biasInitializer("ones")
                        .name("c")
                        .build(),
                Conv2D.of(2, 3)
                        .kernelInitializer(Initializers.of("he_normal"))
                        .kernelRegularizer(Regularizers.of("l2"))
                        .biasInitializer(Initializers.ones())
                        .name("c")
                        .build());
    }

    @Test
    void ofNormalizations() {
        assertSame(
                BatchNormalization.of()
                        .name("b")
                        .gammaInitializer("zeros")
                        .betaRegularizer("l2")
                        .movingMeanInitializer("ones")
                        .build(),
                BatchNormalization.of()
                        .name("b")
                        .gammaInitializer(Initializers.zeros())
                        .betaRegularizer(Regularizers.of("l2"))
                        .movingMeanInitializer(Initializers.ones())
                        .build());
    }

    @Test
    void ofEmbedding() {
        assertSame(
                Embedding.of(5, 2)
                        .name("e")
                        .embeddingsInitializer("ones")
                        .embeddingsConstraint("non_neg")
                        .build(),
                Embedding.of(5, 2)
                        .name("e")
                        .embeddingsInitializer(Initializers.ones())
                        .embeddingsConstraint(Constraints.of("non_neg"))
                        .build());
    }

    @Test
    void ofEinsumDense() {
        assertSame(
                EinsumDense.of("ab,bc->ac", 4)
                        .name("e")
                        .kernelConstraint("non_neg")
                        .biasAxes("c")
                        .biasRegularizer("l2")
                        .build(),
                EinsumDense.of("ab,bc->ac", 4)
                        .name("e")
                        .kernelConstraint(Constraints.of("non_neg"))
                        .biasAxes("c")
                        .biasRegularizer(Regularizers.of("l2"))
                        .build());
    }

    @Test
    void aWeightTakesARegularizerAndAConstraint() {
        L2 regularizer = new L2(0.01);
        NonNeg constraint = new NonNeg();
        WeightSpec spec =
                WeightSpec.of("w", Shape.of(2)).regularizer(regularizer).constraint(constraint);

        assertThat(spec.regularizer()).contains(regularizer);
        assertThat(spec.constraint()).contains(constraint);
    }

    @Test
    void anOptimizerTakesASchedule() {
        CosineDecay rates = new CosineDecay(0.1, 100);
        try (Adam adam = new Adam(rates);
                AdamW adamW = new AdamW(rates, 0.01)) {
            assertThat(adam.config()).containsEntry("learning_rate", rates.config());
            assertThat(adamW.config())
                    .containsEntry("learning_rate", rates.config())
                    .containsEntry("weight_decay", 0.01);
        }
    }
}
