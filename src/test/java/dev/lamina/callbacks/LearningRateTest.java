package dev.lamina.callbacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Callbacks that change the learning rate. */
final class LearningRateTest {
    private final FakeTraining training = new FakeTraining();
    private final List<Double> rates = new ArrayList<>();

    private final Callback noting = new Callback() {
        @Override
        public void onEpochEnd(int epoch, Logs logs, TrainingContext context) {
            rates.add(logs.get("learning_rate").orElseThrow());
        }
    };

    @Test
    void aPlateauReducesIt() {
        Callback reduce = ReduceLROnPlateau.of()
                .monitor("loss")
                .factor(0.5)
                .patience(2)
                .minLearningRate(0.03)
                .build();

        new CallbackRun(new CallbackList(List.of(reduce, noting)), training).epochs("loss", 3, 3, 3, 3, 3, 3, 3, 3);

        assertThat(rates).containsExactly(0.1, 0.1, 0.1, 0.05, 0.05, 0.03, 0.03, 0.03);
    }

    @Test
    void epochsOfTheCooldownDoNotCount() {
        Callback reduce = ReduceLROnPlateau.of()
                .monitor("loss")
                .factor(0.5)
                .patience(1)
                .cooldown(2)
                .build();

        new CallbackRun(new CallbackList(List.of(reduce, noting)), training).epochs("loss", 3, 3, 3, 3, 3);

        assertThat(rates).containsExactly(0.1, 0.1, 0.05, 0.05, 0.025);
    }

    @Test
    void aScheduleSetsIt() {
        Callback schedule = new LearningRateScheduler((epoch, rate) -> epoch < 2 ? rate : rate / 2);

        new CallbackRun(new CallbackList(List.of(schedule, noting)), training).epochs("loss", 1, 1, 1, 1);

        assertThat(rates).containsExactly(0.1, 0.1, 0.05, 0.025);
    }

    @Test
    void aRateThatIsNoNumber() {
        Callback schedule = new LearningRateScheduler((epoch, rate) -> Double.NaN);

        assertThatThrownBy(() -> new CallbackRun(schedule, training).epochs("loss", 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "[LearningRateScheduler] expected a learning rate of at least 0 for epoch 0; received NaN.");
    }

    @Test
    void aFactorThatIsNoReduction() {
        assertThatThrownBy(() -> ReduceLROnPlateau.of().factor(1))
                .hasMessage("[ReduceLROnPlateau] expected a factor between 0 and 1; received 1.0.");
    }
}
