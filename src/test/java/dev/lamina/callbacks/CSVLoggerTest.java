package dev.lamina.callbacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log of a training as CSV. */
final class CSVLoggerTest {
    private final FakeTraining training = new FakeTraining();

    @TempDir
    private Path folder;

    @Test
    void aLineAnEpoch() throws IOException {
        Path file = folder.resolve("log.csv");
        new CallbackRun(new CSVLogger(file), training).epochs("val_loss", 0.5, 0.25);

        assertThat(Files.readString(file)).isEqualTo("epoch,val_loss\n0,0.5\n1,0.25\n");
    }

    @Test
    void placesForAValidationThatComesLater() throws IOException {
        Path file = folder.resolve("log.csv");
        CSVLogger logger = new CSVLogger(file, ';', false);
        new CallbackRun(logger, training).epochs("loss", 1);
        logger.onEpochEnd(1, Logs.of(Map.of("loss", 0.5, "val_loss", 0.75)), training);

        assertThat(Files.readString(file)).isEqualTo("epoch;loss;val_loss\n0;1.0;NA\n1;0.5;0.75\n");
    }

    @Test
    void aSecondTrainingIsAppendedOrBeginsAnew() throws IOException {
        Path file = folder.resolve("log.csv");
        new CallbackRun(new CSVLogger(file, ',', true), training).epochs("val_loss", 1);
        new CallbackRun(new CSVLogger(file, ',', true), training).epochs("val_loss", 2);
        assertThat(Files.readString(file)).isEqualTo("epoch,val_loss\n0,1.0\n0,2.0\n");

        new CallbackRun(new CSVLogger(file), training).epochs("val_loss", 3);

        assertThat(Files.readString(file)).isEqualTo("epoch,val_loss\n0,3.0\n");
    }

    @Test
    void aFileThatCanNotBeWritten() {
        assertThatThrownBy(() -> new CallbackRun(new CSVLogger(folder), training).epochs("loss", 1))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("[CSVLogger] expected a file that can be written; received " + folder + ": ")
                .hasMessageContaining("in onTrainBegin of the callback CSVLogger");
    }
}
