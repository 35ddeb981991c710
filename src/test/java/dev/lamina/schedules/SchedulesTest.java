package dev.lamina.schedules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.config.Config;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What keras-golden does not show of the schedules: their edges, configs and errors. */
final class SchedulesTest {
    private static double rate(LearningRateSchedule schedule, double step) {
        try (Scope _ = Scope.open()) {
            return schedule.apply(Ops.constant(step, DType.FLOAT32)).item();
        }
    }

    @Test
    void boundariesBelongToTheRateBeforeThem() {
        LearningRateSchedule schedule = new PiecewiseConstantDecay(new double[] {2, 5}, 3, 2, 1);
        double[] expected = {3, 3, 3, 2, 2, 2, 1, 1};
        for (int step = 0; step < expected.length; step++) {
            assertThat(rate(schedule, step)).as("step " + step).isEqualTo(expected[step]);
        }
    }

    @Test
    void aWarmUpRisesInAStraightLine() {
        LearningRateSchedule schedule = new CosineDecay(0.1, 4, 0.5).warmUp(0.9, 2);
        double[] expected = {0.1, 0.5, 0.9, 0, 0.675, 0, 0.45, 0.45};
        for (int step = 0; step < expected.length; step++) {
            if (expected[step] != 0) {
                assertThat(rate(schedule, step)).as("step " + step).isCloseTo(expected[step], within(1e-6));
            }
        }
        assertThat(rate(new CosineDecay(0.1, 4).warmUp(0.9, 0), 0)).isCloseTo(0.9, within(1e-6));
    }

    @Test
    void aPolynomialCycleEndsWhereItsMultipleEnds() {
        LearningRateSchedule schedule = new PolynomialDecay(1, 4, 0, 1, true);
        double[] expected = {1, 0.75, 0.5, 0.25, 0, 3 / 8.0, 2 / 8.0, 1 / 8.0, 0, 3 / 12.0};
        for (int step = 0; step < expected.length; step++) {
            assertThat(rate(schedule, step)).as("step " + step).isCloseTo(expected[step], within(1e-6));
        }
    }

    @Test
    void restartsOfEqualLengthLoseHeight() {
        LearningRateSchedule schedule = new CosineDecayRestarts(1, 2, 1, 0.5, 0);
        double[] expected = {1, 0.5, 0.5, 0.25, 0.25, 0.125};
        for (int step = 0; step < expected.length; step++) {
            assertThat(rate(schedule, step)).as("step " + step).isCloseTo(expected[step], within(1e-6));
        }
    }

    @Test
    void everyScheduleComesBackFromItsConfig() {
        for (LearningRateSchedule schedule : List.of(
                new ExponentialDecay(0.1, 3, 0.5, true),
                new InverseTimeDecay(0.1, 2.5, 0.5, true),
                new PiecewiseConstantDecay(new double[] {1, 2.5}, 3, 2, 1),
                new PolynomialDecay(0.1, 3, 0.01, 2, true),
                new CosineDecay(0.1, 3, 0.2),
                new CosineDecay(0.1, 3, 0.2).warmUp(0.5, 4),
                new CosineDecayRestarts(0.1, 3, 1.5, 0.5, 0.1))) {
            assertThat(Schedules.fromConfig(schedule.config())).isEqualTo(schedule);
        }
        assertThat(new ExponentialDecay(0.1, 3, 0.5).config())
                .containsEntry("module", "keras.optimizers.schedules")
                .containsEntry(
                        "config",
                        Map.of(
                                "initial_learning_rate",
                                0.1,
                                "decay_steps",
                                3L,
                                "decay_rate",
                                0.5,
                                "staircase",
                                false,
                                "name",
                                "ExponentialDecay"));
    }

    @Test
    void oneOfYourOwnIsRegistered() {
        record Halved(double rate) implements LearningRateSchedule {
            @Override
            public Tensor apply(Tensor step) {
                return Ops.divide(rate, Ops.add(step, 1));
            }

            @Override
            public Map<String, Object> config() {
                return Config.entries("class_name", "Halved", "config", Config.entries("rate", rate));
            }
        }
        Schedules.register("Halved", config -> new Halved(config.number("rate")));
        assertThat(Schedules.fromConfig(new Halved(3).config())).isEqualTo(new Halved(3));
        assertThat(rate(new Halved(3), 1)).isEqualTo(1.5);
    }

    @Test
    void errorsNameWhatIsWrong() {
        assertThatThrownBy(() -> new ExponentialDecay(0.1, 0, 0.5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[exponential_decay] expected more than 0 decay steps; received 0.0.");
        assertThatThrownBy(() -> new PiecewiseConstantDecay(new double[] {1, 2}, 3, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "[piecewise_constant_decay] expected at least one boundary, and one rate more than boundaries; "
                                + "received boundaries [1.0, 2.0] and rates [3.0, 2.0].");
        assertThatThrownBy(() -> Schedules.fromConfig(Map.of("class_name", "CosineDecay", "config", Map.of())))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("[CosineDecay] expected a number for \"initial_learning_rate\"; received null in {}.");
        LearningRateSchedule lambda = step -> step;
        assertThatThrownBy(lambda::config)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith(
                        "[schedule] expected a schedule with a config, to write it to a file; received ");
    }
}
