package dev.lamina.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.config.Config;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is wrong with targets, arguments and configs is said, with what was expected. */
final class LossErrorTest {
    @Test
    void nothingIsBroadcast() {
        try (Scope _ = Scope.open()) {
            assertThatThrownBy(() -> new MeanAbsoluteError().apply(Ops.zeros(4), Ops.zeros(4, 3)))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage("[mean_absolute_error] expected targets and predictions of the same shape; received "
                            + "targets (4,) and predictions (4, 3). Nothing is broadcast in a loss: reshape one of "
                            + "them.");
            assertThat(new MeanAbsoluteError()
                            .apply(Ops.ones(4), Ops.zeros(4, 1))
                            .item())
                    .isEqualTo(1);
        }
    }

    @Test
    void labelsInsteadOfRowsOfClasses() {
        String rows =
                "For whole numbers as labels use SparseCategoricalCrossentropy, or make one-hot rows of them with "
                        + "Ops.oneHot.";
        String truth = "For labels of 0 and 1 let the model give one number (Dense(1)). " + rows;
        Map<Loss, String> advice = Map.of(
                new CategoricalCrossentropy(),
                rows,
                CategoricalFocalCrossentropy.of().build(),
                rows,
                new CategoricalHinge(),
                rows,
                new BinaryCrossentropy(),
                truth,
                BinaryFocalCrossentropy.of().build(),
                truth);
        try (Scope _ = Scope.open()) {
            advice.forEach((loss, expected) -> {
                for (Tensor labels : List.of(Ops.tensor(new int[] {0, 1, 1, 0}), Ops.zeros(4, 1))) {
                    assertThatThrownBy(() -> loss.apply(labels, Ops.ones(4, 2)))
                            .isInstanceOf(ShapeException.class)
                            .hasMessage("[" + loss.name() + "] expected targets and predictions of the same shape; "
                                    + "received targets " + labels.shape() + " and predictions (4, 2). " + expected);
                }
            });
            assertThatThrownBy(() -> new CategoricalCrossentropy().apply(Ops.zeros(4, 3), Ops.ones(4, 2)))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageEndingWith(" Nothing is broadcast in a loss: reshape one of them.");
        }
    }

    @Test
    void labelsMustFitTheRows() {
        try (Scope _ = Scope.open()) {
            assertThatThrownBy(() -> new SparseCategoricalCrossentropy().apply(Ops.zeros(4, 3), Ops.ones(4, 3)))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage("[sparse_categorical_crossentropy] expected integer labels of shape (4,) for "
                            + "predictions (4, 3); received (4, 3). For one-hot targets use CategoricalCrossentropy.");
            assertThatThrownBy(() -> new Circle().apply(Ops.zeros(4), Ops.ones(4)))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage("[circle] expected embeddings of shape (batch, size); received (4,).");
            assertThatThrownBy(() -> new CTC().apply(Ops.zeros(4), Ops.ones(4, 5, 3)))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage("[ctc] expected labels (batch, length) and logits (batch, time, classes); received "
                            + "labels (4,) and logits (4, 5, 3).");
        }
    }

    @Test
    void anIgnoredLabelIsNoError() {
        TensorSpec rows = new TensorSpec(Shape.of(3, 4), DType.FLOAT32);
        HostArray labels = HostArray.of(new int[] {0, 255, 3});
        SparseCategoricalCrossentropy.of().ignoreClass(255).build().checkTargets(labels, rows);
        assertThatThrownBy(() -> new SparseCategoricalCrossentropy().checkTargets(labels, rows))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[sparse_categorical_crossentropy] expected labels from 0 to 3, for predictions of 4 "
                        + "classes; received 255 at sample 1.");
    }

    @Test
    void anIgnoredLabelThatBytesLackIsNoneOfThem() {
        try (Scope _ = Scope.open()) {
            Loss loss = SparseCategoricalCrossentropy.of().ignoreClass(-1).build();
            Tensor labels = Ops.tensor(new int[] {0, 1});
            Tensor rows = Ops.tensor(new float[][] {{0.5f, 0.5f}, {0.25f, 0.75f}});
            assertThat(loss.apply(Ops.cast(labels, DType.UINT8), rows).item())
                    .isEqualTo(loss.apply(labels, rows).item());
        }
    }

    @Test
    void theTextOfALossIsItsConfig() {
        assertThat(Huber.of().delta(0.5).build())
                .hasToString("Huber{name=huber_loss, reduction=sum_over_batch_size, delta=0.5}");
    }

    @Test
    void argumentsOutOfRange() {
        assertThatThrownBy(() -> new BinaryCrossentropy(false, 1.5))
                .hasMessage("[binary_crossentropy] expected labelSmoothing from 0 to 1; received 1.5.");
        assertThatThrownBy(() -> CategoricalGeneralizedCrossEntropy.of().q(1).build())
                .hasMessage("[categorical_generalized_cross_entropy] expected q between 0 and 1; received 1.0.");
        assertThatThrownBy(() -> Reduction.of("average"))
                .hasMessage("[loss] expected the reduction sum_over_batch_size, sum, mean, mean_with_sample_weight or "
                        + "none; received \"average\".");
        assertThatThrownBy(() -> LossOptions.DEFAULT.withDType(DType.INT32))
                .hasMessage("[loss] expected a floating-point dtype to compute a loss in; received int32.");
    }

    @Test
    void unknownNamesAndEntries() {
        assertThatThrownBy(() -> Losses.of("mean_squared_eror"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(
                        "[loss] expected a registered loss; received \"mean_squared_eror\". Did you mean "
                                + "MeanSquaredError or mean_squared_error?");
        Map<String, Object> wrong = Config.entries("class_name", "Dice", "config", Map.of("smooth", 1));
        assertThatThrownBy(() -> Losses.deserialize(wrong))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("[Dice] expected a config without \"smooth\", which is not supported here; received 1.");
    }

    @Test
    void namesAndFormsOfKeras() {
        for (String name : new String[] {"mse", "MSE", "mean_squared_error", "MeanSquaredError"}) {
            assertThat(Losses.of(name)).isInstanceOf(MeanSquaredError.class);
        }
        Map<String, Object> function = Config.entries("class_name", "function", "config", "huber");
        assertThat(Losses.deserialize(function)).isInstanceOf(Huber.class);
        Map<String, Object> huber = Losses.serialize(Huber.of().delta(2).build());
        assertThat(Losses.serialize(Losses.deserialize(huber))).isEqualTo(huber);
    }
}
