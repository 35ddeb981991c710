package dev.lamina.callbacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which files a checkpoint writes, and when. */
final class ModelCheckpointTest {
    private final FakeTraining training = new FakeTraining();

    @TempDir
    private Path folder;

    private List<String> names(List<Path> files) {
        return files.stream().map(file -> folder.relativize(file).toString()).toList();
    }

    @Test
    void everyEpochUnderANameOfItsOwn() {
        Callback checkpoint = ModelCheckpoint.to(folder + "/runs/{epoch:02d}-{val_loss:.2f}.keras")
                .build();

        new CallbackRun(checkpoint, training).epochs("val_loss", 1.234, 2, 0.5);

        assertThat(names(training.saved))
                .containsExactly("runs/01-1.23.keras", "runs/02-2.00.keras", "runs/03-0.50.keras");
        assertThat(folder.resolve("runs")).isDirectory();
    }

    @Test
    void onlyTheBest() {
        Callback checkpoint = ModelCheckpoint.to(folder + "/{epoch}.weights.h5")
                .monitor("val_accuracy")
                .saveBestOnly(true)
                .saveWeightsOnly(true)
                .initialValueThreshold(0.3)
                .build();

        new CallbackRun(checkpoint, training).epochs("val_accuracy", 0.2, 0.5, 0.4, 0.6);

        assertThat(names(training.savedWeights)).containsExactly("2.weights.h5", "4.weights.h5");
        assertThat(training.saved).isEmpty();
    }

    @Test
    void afterBatchesAcrossEpochs() {
        Callback checkpoint = ModelCheckpoint.to(folder + "/e{epoch}b{batch}.keras")
                .saveFrequency(3)
                .build();
        for (int epoch = 0; epoch < 2; epoch++) {
            checkpoint.onEpochBegin(epoch, training);
            for (int step = 0; step < 4; step++) {
                checkpoint.onTrainBatchEnd(step, Logs.of(Map.of()), training);
            }
            checkpoint.onEpochEnd(epoch, Logs.of(Map.of()), training);
        }

        assertThat(names(training.saved)).containsExactly("e1b3.keras", "e2b2.keras");
    }

    @Test
    void aPlaceThatIsNotInTheLogs() {
        Callback checkpoint = ModelCheckpoint.to("{epoch}-{val_los}.keras").build();

        assertThatThrownBy(() -> new CallbackRun(checkpoint, training).epochs("val_loss", 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[ModelCheckpoint] expected a name of the logs for a place in the file name"
                        + " \"{epoch}-{val_los}.keras\", one of [epoch, val_loss]; received \"val_los\".");
    }

    @Test
    void aFormatThatIsNone() {
        assertThatThrownBy(() -> new FileNameTemplate("{loss:02d}").fill(Map.of("loss", 0.5)))
                .hasMessage("[ModelCheckpoint] expected a format such as 02d for whole numbers or .2f for others in the"
                        + " file name \"{loss:02d}\"; received \"02d\".");
        assertThatThrownBy(() -> new FileNameTemplate("{loss:>8}").fill(Map.of("loss", 0.5)))
                .hasMessageContaining("received \">8\"");
    }

    @Test
    void formats() {
        Map<String, Number> values = Map.of("epoch", 7, "loss", 0.0123456);

        assertThat(new FileNameTemplate("{epoch} {epoch:3d} {epoch:03} {loss} {loss:.3f} {loss:.2e} {loss:8.3f}")
                        .fill(values))
                .hasToString("7   7 007 0.0123456 0.012 1.23e-02    0.012");
    }
}
