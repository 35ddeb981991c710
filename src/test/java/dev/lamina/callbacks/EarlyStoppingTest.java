package dev.lamina.callbacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.tensor.HostArray;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** When a training ends early, by the rules of Keras's EarlyStopping. */
final class EarlyStoppingTest {
    private final FakeTraining training = new FakeTraining();

    private int run(EarlyStopping.Builder builder, double... losses) {
        return new CallbackRun(builder.monitor("loss").build(), training).epochs("loss", losses);
    }

    @Test
    void afterThePatience() {
        assertThat(run(EarlyStopping.of().patience(2), 5, 4, 4.5, 4.2, 3)).isEqualTo(4);
    }

    @Test
    void anImprovementBeginsTheWaitAnew() {
        assertThat(run(EarlyStopping.of().patience(2), 5, 4, 4.5, 3, 3.5, 3.2, 1))
                .isEqualTo(6);
        assertThat(training.stopped).isTrue();
    }

    @Test
    void smallChangesDoNotCount() {
        assertThat(run(EarlyStopping.of().patience(2).minDelta(0.1), 5, 4.95, 4.92, 4))
                .isEqualTo(3);
    }

    @Test
    void largerIsBetterForAccuracies() {
        EarlyStopping stopping =
                EarlyStopping.of().monitor("val_accuracy").patience(1).build();

        assertThat(new CallbackRun(stopping, training).epochs("val_accuracy", 0.5, 0.6, 0.55, 0.9))
                .isEqualTo(3);
        assertThat(stopping.stoppedEpoch()).isEqualTo(2);
        assertThat(stopping.bestEpoch()).isEqualTo(1);
    }

    @Test
    void aBaselineThatIsNotReached() {
        assertThat(run(EarlyStopping.of().patience(3).baseline(1), 5, 4, 3, 2.5, 2.6, 2.7))
                .isEqualTo(5);
    }

    @Test
    void epochsBeforeTheStartAreNotLookedAt() {
        assertThat(run(EarlyStopping.of().patience(1).startFromEpoch(3), 1, 2, 3, 4, 5, 6))
                .isEqualTo(5);
    }

    @Test
    void nanIsNoImprovement() {
        assertThat(run(EarlyStopping.of().patience(2), 5, Double.NaN, Double.NaN, 4))
                .isEqualTo(3);
    }

    @Test
    void theBestWeightsComeBack() {
        EarlyStopping stopping = EarlyStopping.of()
                .monitor("loss")
                .patience(1)
                .restoreBestWeights(true)
                .build();
        CallbackList list = new CallbackList(List.of(
                new Callback() {
                    @Override
                    public void onEpochEnd(int epoch, Logs logs, TrainingContext context) {
                        training.weights = List.of(HostArray.of(new float[] {epoch}));
                    }
                },
                stopping));

        new CallbackRun(list, training).epochs("loss", 3, 1, 2, 5);

        assertThat(training.weights.get(0).toFloatArray()).containsExactly(1);
    }

    @Test
    void aMissingValueIsOnlyWarnedOf() {
        assertThat(new CallbackRun(new EarlyStopping(), training).epochs("loss", 1, 2, 3))
                .isEqualTo(3);
    }

    @Test
    void aNameWithoutADirection() {
        assertThatThrownBy(() -> EarlyStopping.of().monitor("val_quality").build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[EarlyStopping] expected a monitored value whose name says whether smaller or larger is"
                        + " better; received \"val_quality\". Choose Mode.MIN or Mode.MAX.");
        assertThat(new CallbackRun(
                                EarlyStopping.of()
                                        .monitor("val_quality")
                                        .mode(Mode.MAX)
                                        .build(),
                                training)
                        .epochs("val_quality", 1, 2, 1, 3))
                .isEqualTo(3);
    }

    @Test
    void itsStateComesBack() {
        EarlyStopping first = EarlyStopping.of().monitor("loss").patience(3).build();
        first.onEpochEnd(0, Logs.of(Map.of("loss", 1.0)), training);
        first.onEpochEnd(1, Logs.of(Map.of("loss", 2.0)), training);
        first.onEpochEnd(2, Logs.of(Map.of("loss", 2.0)), training);
        EarlyStopping second = EarlyStopping.of().monitor("loss").patience(3).build();

        second.restore(first.state());
        second.onEpochEnd(3, Logs.of(Map.of("loss", 1.5)), training);

        assertThat(training.stopped).isTrue();
        assertThat(second.bestEpoch()).isZero();
    }
}
