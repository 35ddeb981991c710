package dev.lamina.callbacks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;

/** What training shows. */
final class ProgressBarTest {
    private final FakeTraining training = new FakeTraining();

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private String show(boolean terminal) {
        Map<String, DoubleSupplier> values = new LinkedHashMap<>();
        values.put("loss", () -> 0.51234567);
        values.put("tiny", () -> 0.00012345);
        ProgressBar bar = new ProgressBar(new PrintStream(bytes, true, StandardCharsets.UTF_8), terminal);
        bar.onTrainBegin(new Callback.Plan(3, 0, OptionalInt.of(10), OptionalInt.of(320)), training);
        bar.onEpochBegin(1, training);
        bar.onTrainBatchEnd(9, new Logs(values), training);
        bar.onEpochEnd(1, new Logs(values), training);
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void oneLineAnEpochWhenPiped() {
        assertThat(show(false))
                .matches("Epoch 2/3 - \\d+\\.\\ds \\d+(\\.\\d)?[um]s/step - loss: 0\\.5123 - tiny: 1\\.2345e-04\\R");
    }

    @Test
    void aFullBarOnATerminal() {
        assertThat(show(true))
                .startsWith("Epoch 2/3" + System.lineSeparator() + "\r10/10 " + "━".repeat(30))
                .contains("loss: 0.5123 - tiny: 1.2345e-04");
    }

    @Test
    void fastStepsComeInPowersOfTwoAndGrowFromDrawingToDrawing() {
        ProgressBar bar = new ProgressBar(new PrintStream(bytes, true, StandardCharsets.UTF_8), true);
        bar.onTrainBegin(new Callback.Plan(1, 0, OptionalInt.of(1000), OptionalInt.empty()), training);
        bar.onEpochBegin(0, training);
        assertThat(bar.stepsPerExecution()).isEqualTo(1);

        Logs logs = new Logs(Map.of("loss", () -> 0.5));
        bar.onTrainBatchEnd(0, logs, training);
        int second = bar.stepsPerExecution();
        bar.onTrainBatchEnd(second, logs, training);
        int third = bar.stepsPerExecution();

        assertThat(second).isBetween(1, 8);
        assertThat(third).isBetween(1, 8 * second);
        assertThat(Integer.bitCount(second) + Integer.bitCount(third)).isEqualTo(2);
        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .contains("\r1/1000 ")
                .contains("\r" + (second + 1) + "/1000 ");
    }

    /** Reading waits for the device: without it the pace is that of launches. */
    @Test
    void whereThereIsNothingToReadStepsComeOneByOne() {
        ProgressBar bar = new ProgressBar(new PrintStream(bytes, true, StandardCharsets.UTF_8), true);
        bar.onTrainBegin(new Callback.Plan(1, 0, OptionalInt.of(1000), OptionalInt.empty()), training);
        bar.onEpochBegin(0, training);
        for (int step = 0; step < 100; step++) {
            bar.onTrainBatchEnd(step, new Logs(Map.of()), training);
            assertThat(bar.stepsPerExecution()).isEqualTo(1);
        }
        // Drawn by time, and not at each step.
        assertThat(bytes.toString(StandardCharsets.UTF_8).split("\r")).hasSizeLessThan(50);
    }

    @Test
    void stepsBetweenTwoDrawingsReadNothing() {
        ProgressBar bar = new ProgressBar(new PrintStream(bytes, true, StandardCharsets.UTF_8), true);
        bar.onTrainBegin(new Callback.Plan(1, 0, OptionalInt.of(1000), OptionalInt.empty()), training);
        bar.onEpochBegin(0, training);
        int[] read = {0};
        int steps = 1000;
        for (int step = 0; step < steps; step++) {
            bar.onTrainBatchEnd(step, new Logs(Map.of("loss", () -> ++read[0])), training);
        }
        assertThat(read[0]).isLessThan(steps / 2);
    }

    @Test
    void batchesDoNotReadWhenPiped() {
        ProgressBar bar = new ProgressBar(new PrintStream(bytes, true, StandardCharsets.UTF_8), false);
        bar.onTrainBegin(new Callback.Plan(1, 0, OptionalInt.of(2), OptionalInt.of(64)), training);
        bar.onEpochBegin(0, training);

        bar.onTrainBatchEnd(
                0,
                new Logs(Map.of("loss", () -> {
                    throw new AssertionError("a batch's log was read");
                })),
                training);

        assertThat(bytes.size()).isZero();
    }
}
