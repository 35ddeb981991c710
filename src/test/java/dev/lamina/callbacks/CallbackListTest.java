package dev.lamina.callbacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Several callbacks. */
final class CallbackListTest {
    private final FakeTraining training = new FakeTraining();
    private final List<String> told = new ArrayList<>();

    private final class Noting implements Callback {
        private final String name;

        private Noting(String name) {
            this.name = name;
        }

        @Override
        public void onEpochEnd(int epoch, Logs logs, TrainingContext context) {
            told.add(name + logs.names());
            logs.put(name, epoch);
        }

        @Override
        public void onTrainFailure(Throwable error) {
            told.add(name + " " + error.getMessage());
            throw new IllegalStateException("also " + name);
        }
    }

    @Test
    void eachSeesWhatThoseBeforeItAdded() {
        new CallbackList(List.of(new Noting("a"), new Noting("b")))
                .onEpochEnd(0, Logs.of(Map.of("loss", 1.0)), training);

        assertThat(told).containsExactly("a[loss]", "b[loss, a]");
    }

    @Test
    void anErrorSaysWhereItComesFrom() {
        Callback failing = LambdaCallback.of()
                .onEpochEnd((epoch, logs) -> {
                    throw new IllegalStateException("no");
                })
                .build();

        assertThatThrownBy(() ->
                        new CallbackList(List.of(failing, new Noting("b"))).onEpochEnd(0, Logs.of(Map.of()), training))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no")
                .satisfies(error -> assertThat(error.getSuppressed()[0])
                        .hasMessageContaining("in onEpochEnd of the callback LambdaCallback"));
        assertThat(told).isEmpty();
    }

    @Test
    void allAreToldOfAFailure() {
        Exception error = new IllegalStateException("broken");

        new CallbackList(List.of(new Noting("a"), new Noting("b"))).onTrainFailure(error);

        assertThat(told).containsExactly("a broken", "b broken");
        assertThat(error.getSuppressed()).extracting(Throwable::getMessage).containsExactly("also a", "also b");
    }
}
