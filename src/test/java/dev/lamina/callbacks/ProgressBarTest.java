package dev.lamina.callbacks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;

/** What training shows. */
final class ProgressBarTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private String show(boolean terminal) {
        Map<String, DoubleSupplier> values = new LinkedHashMap<>();
        values.put("loss", () -> 0.51234567);
        values.put("tiny", () -> 0.00012345);
        ProgressBar bar = new ProgressBar(new PrintStream(bytes, true, StandardCharsets.UTF_8), terminal);
        bar.onTrainBegin(new Callback.Plan(3, 0, 10, 320));
        bar.onEpochBegin(1);
        bar.onEpochEnd(1, new Logs(values), new TrainingControl());
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
    void batchesDoNotReadWhenPiped() {
        ProgressBar bar = new ProgressBar(new PrintStream(bytes, true, StandardCharsets.UTF_8), false);
        bar.onTrainBegin(new Callback.Plan(1, 0, 2, 64));
        bar.onEpochBegin(0);

        bar.onTrainBatchEnd(
                0,
                new Logs(Map.of("loss", () -> {
                    throw new AssertionError("a batch's log was read");
                })),
                new TrainingControl());

        assertThat(bytes.size()).isZero();
    }
}
