package dev.lamina.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.config.Config;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.errors.ShapeException;
import dev.lamina.losses.Huber;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What is wrong with targets, arguments and configs is said, with what was expected. */
final class MetricErrorTest {
    @Test
    void shapes() {
        try (Scope _ = Scope.open();
                Metric accuracy = new CategoricalAccuracy();
                Metric r2 = new R2Score();
                Metric f1 = new F1Score();
                Metric recall = new Recall(List.of(), OptionalInt.empty(), OptionalInt.of(3), MetricOptions.DEFAULT);
                Metric labels = AUC.of().multiLabel(true).build()) {
            assertThatThrownBy(() -> accuracy.update(Ops.zeros(4), Ops.zeros(4, 3)))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage("[categorical_accuracy] expected targets and predictions of the same shape; received "
                            + "targets (4,) and predictions (4, 3). Nothing is broadcast in a metric: reshape one of "
                            + "them.");
            assertThatThrownBy(() -> accuracy.update(Ops.zeros(4, 3), Ops.zeros(4, 3), Ops.zeros(3)))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageStartingWith("[categorical_accuracy] expected sample weights whose axes are the leading "
                            + "axes of (4,), one number each, or of size 1; received (3,).");
            assertThatThrownBy(() -> r2.update(Ops.zeros(4), Ops.zeros(4)))
                    .hasMessage("[r2_score] expected targets and predictions of shape (batch, columns); received (4,) "
                            + "and (4,).");
            assertThatThrownBy(f1::result)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("[f1_score] expected a batch before the result; received none yet. Call update first.");
            assertThatThrownBy(() -> recall.update(Ops.zeros(4, 3), Ops.zeros(4, 3)))
                    .hasMessage("[recall] expected predictions (batch, classes) with more than classId 3 classes; "
                            + "received (4, 3).");
            assertThatThrownBy(() -> labels.update(Ops.zeros(4), Ops.zeros(4)))
                    .hasMessage("[auc] expected predictions (batch, labels) with multiLabel; received (4,).");
        }
    }

    @Test
    void severalNumbersWhereOneIsLogged() {
        try (Scope _ = Scope.open();
                Metric f1 = new F1Score()) {
            f1.update(Ops.ones(2, 4), Ops.ones(2, 4));
            assertThatThrownBy(f1::value)
                    .isInstanceOf(ShapeException.class)
                    .hasMessage(
                            "[f1_score] expected a result of one number, as logs hold it; received (4,). For one of "
                                    + "each class call result(); F1Score and FBetaScore give one number with an average.");
        }
    }

    @Test
    void arguments() {
        assertThatThrownBy(() -> new TruePositives(List.of(0.5, 1.5), MetricOptions.DEFAULT))
                .hasMessage("[true_positives] expected thresholds from 0 to 1; received [0.5, 1.5].");
        assertThatThrownBy(() -> new PrecisionAtRecall(2))
                .hasMessage("[precision_at_recall] expected a recall from 0 to 1; received 2.0.");
        assertThatThrownBy(() -> AUC.of().numThresholds(1).build())
                .hasMessage("[auc] expected numThresholds of at least 2; received 1.");
        assertThatThrownBy(() -> new IoU(2, List.of(2)))
                .hasMessage("[io_u] expected target classes from 0 to 1; received [2].");
        assertThatThrownBy(() -> new TopKCategoricalAccuracy(0))
                .hasMessage("[top_k_categorical_accuracy] expected k of at least 1; received 0.");
        Map<String, Object> wrong = Config.entries("class_name", "AUC", "config", Map.of("curve", "LIFT"));
        assertThatThrownBy(() -> Metrics.deserialize(wrong))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageEndingWith("[auc] expected curve to be one of [roc, pr, prgain]; received \"LIFT\".");
    }

    @Test
    void names() {
        assertThatThrownBy(() -> Metrics.of("acuracy"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(
                        "[metric] expected a registered metric; received \"acuracy\". Did you mean Accuracy or accuracy?");
        try (Metric huber = Metrics.of("huber");
                Metric mse = Metrics.of("mse");
                Metric sparse = Metrics.of("accuracy", Shape.of(4), Shape.of(4, 3))) {
            assertThat(huber.name()).isEqualTo("huber");
            assertThat(mse.name()).isEqualTo("mse");
            assertThat(sparse).isInstanceOf(SparseCategoricalAccuracy.class);
            assertThat(sparse.name()).isEqualTo("accuracy");
            assertThatThrownBy(() -> Metrics.serialize(huber))
                    .hasMessage("[huber] expected a metric that has a name in files; received the loss "
                            + Huber.class.getSimpleName()
                            + ". Write a metric class of your own, and register it with Metrics.register.");
        }
    }
}
