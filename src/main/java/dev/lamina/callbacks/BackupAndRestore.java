package dev.lamina.callbacks;

import dev.lamina.errors.DataException;
import dev.lamina.tensor.HostArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets an interrupted training be resumed: keeps its state in a folder, and goes on from there when fit is called again
 * with the same model, compiled in the same way, and the same data. The numbers are those of a training that was never
 * interrupted, bit for bit. (Keras's goes back to the beginning of the epoch.)
 */
public final class BackupAndRestore implements Callback {
    private static final Logger LOG = LoggerFactory.getLogger(BackupAndRestore.class);

    private final Path folder;
    private final int batches;
    private final boolean deleteCheckpoint;
    private final BatchCounter counter;

    /** Keeps the state after each epoch, and removes it when the training has come to its end. */
    public BackupAndRestore(Path folder) {
        this(folder, 0, true);
    }

    /**
     * @param saveFrequency keeps the state after so many batches; 0 for each epoch
     * @param deleteCheckpoint whether the state is removed when the training has come to its end
     */
    public BackupAndRestore(Path folder, int saveFrequency, boolean deleteCheckpoint) {
        if (saveFrequency < 0) {
            throw new IllegalArgumentException(
                    "[BackupAndRestore] expected a saveFrequency of at least 0; received " + saveFrequency + ".");
        }
        this.folder = folder;
        this.batches = saveFrequency;
        this.deleteCheckpoint = deleteCheckpoint;
        this.counter = new BatchCounter(Math.max(1, saveFrequency));
    }

    private Path file() {
        return folder.resolve("training_state.safetensors");
    }

    @Override
    public boolean followsBatches() {
        return batches > 0;
    }

    @Override
    public void onTrainBegin(Plan plan, TrainingContext training) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw failed(e);
        }
        if (Files.exists(file())) {
            training.restoreState(file());
            LOG.info("Resuming the training of {} from {}", training.modelName(), file());
        }
    }

    @Override
    public void onEpochBegin(int epoch, TrainingContext training) {
        counter.beginEpoch();
    }

    @Override
    public void onTrainBatchEnd(int step, Logs logs, TrainingContext training) {
        if (batches > 0 && counter.isDue(step)) {
            training.saveState(file());
        }
    }

    @Override
    public void onEpochEnd(int epoch, Logs logs, TrainingContext training) {
        if (batches == 0) {
            training.saveState(file());
        }
    }

    @Override
    public void onTrainEnd(Logs logs, TrainingContext training) {
        if (deleteCheckpoint) {
            try {
                Files.deleteIfExists(file());
            } catch (IOException e) {
                throw failed(e);
            }
        }
    }

    private DataException failed(IOException e) {
        return new DataException(
                "[BackupAndRestore] expected a folder that can be written; received " + folder + ": " + e + ".", e);
    }

    @Override
    public Map<String, HostArray> state() {
        return Map.of("batches", HostArray.of(counter.state()));
    }

    @Override
    public void restore(Map<String, HostArray> state) {
        HostArray count = state.get("batches");
        if (count != null) {
            counter.restore(count.getDouble(0), count.getDouble(1));
        }
    }
}
