package dev.lamina.callbacks;

import dev.lamina.errors.DataException;
import dev.lamina.tensor.HostArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the model, or its weights, after each epoch or after a number of batches. The file's name may have places for
 * the epoch (from 1), the batch (from 1) and the logs: {@code {epoch:02d}-{val_loss:.2f}.keras}.
 *
 * <pre>{@code ModelCheckpoint.to("best.keras").monitor("val_accuracy").saveBestOnly(true).build()}</pre>
 */
public final class ModelCheckpoint implements Callback {
    private static final Logger LOG = LoggerFactory.getLogger(ModelCheckpoint.class);

    private final FileNameTemplate file;
    private final Monitor monitor;
    private final boolean saveBestOnly;
    private final boolean saveWeightsOnly;
    private final boolean writesConfig;
    private final OptionalInt batches;
    private double best;
    private int epoch;
    private final BatchCounter counter;

    private ModelCheckpoint(Builder builder) {
        file = new FileNameTemplate(builder.file);
        // Where nothing is compared, the name needs no direction.
        Mode mode = builder.saveBestOnly ? builder.mode : Mode.MIN;
        monitor = new Monitor("ModelCheckpoint", builder.monitor, mode, 0);
        saveBestOnly = builder.saveBestOnly;
        saveWeightsOnly = builder.saveWeightsOnly;
        writesConfig = !saveWeightsOnly && !builder.file.endsWith(".weights.h5");
        batches = builder.batches;
        best = builder.initialValueThreshold.orElse(Double.NaN);
        counter = new BatchCounter(batches.orElse(Integer.MAX_VALUE));
    }

    /** @param file the file's name, relative or absolute; folders that are missing are made */
    public static Builder to(String file) {
        return new Builder(file);
    }

    @Override
    public boolean followsBatches() {
        return batches.isPresent();
    }

    /** A model that can't be written is an error now, not after an epoch of training. */
    @Override
    public void onTrainBegin(Plan plan, TrainingContext training) {
        if (writesConfig) {
            training.checkSavable();
        }
    }

    @Override
    public void onEpochBegin(int newEpoch, TrainingContext training) {
        epoch = newEpoch;
        counter.beginEpoch();
    }

    @Override
    public void onTrainBatchEnd(int step, Logs logs, TrainingContext training) {
        if (batches.isPresent() && counter.isDue(step)) {
            save(OptionalInt.of(step), logs, training);
        }
    }

    @Override
    public void onEpochEnd(int endedEpoch, Logs logs, TrainingContext training) {
        if (batches.isEmpty()) {
            save(OptionalInt.empty(), logs, training);
        }
    }

    private void save(OptionalInt step, Logs logs, TrainingContext training) {
        if (saveBestOnly) {
            OptionalDouble value = logs.get(monitor.name());
            if (value.isEmpty()) {
                LOG.warn(
                        "[ModelCheckpoint] expected \"{}\" in the logs; received {}. Saving whatever it is.",
                        monitor.name(),
                        logs.names());
            } else if (monitor.improves(value.getAsDouble(), best)) {
                best = value.getAsDouble();
            } else {
                return;
            }
        }
        Map<String, Number> values = new LinkedHashMap<>();
        values.put("epoch", epoch + 1);
        step.ifPresent(batch -> values.put("batch", batch + 1));
        values.putAll(logs.read());
        Path target = file.fill(values);
        makeFolder(target);
        if (saveWeightsOnly) {
            training.saveWeights(target);
        } else {
            training.save(target);
        }
        LOG.info("Epoch {}: saved {}", epoch + 1, target);
    }

    private static void makeFolder(Path target) {
        Path folder = target.toAbsolutePath().getParent();
        try {
            if (folder != null) {
                Files.createDirectories(folder);
            }
        } catch (IOException e) {
            throw new DataException(
                    "[ModelCheckpoint] expected to make the folder " + folder + "; received " + e + ".", e);
        }
    }

    @Override
    public Map<String, HostArray> state() {
        return Map.of("best", HostArray.of(new double[] {best}), "batches", HostArray.of(counter.state()));
    }

    @Override
    public void restore(Map<String, HostArray> state) {
        HostArray value = state.get("best");
        HostArray count = state.get("batches");
        if (value != null && count != null) {
            best = value.getDouble(0);
            counter.restore(count.getDouble(0), count.getDouble(1));
        }
    }

    /** Keras's arguments and defaults. */
    public static final class Builder {
        private final String file;
        private String monitor = "val_loss";
        private Mode mode = Mode.AUTO;
        private boolean saveBestOnly;
        private boolean saveWeightsOnly;
        private OptionalInt batches = OptionalInt.empty();
        private OptionalDouble initialValueThreshold = OptionalDouble.empty();

        private Builder(String file) {
            this.file = file;
        }

        public Builder monitor(String name) {
            monitor = name;
            return this;
        }

        public Builder mode(Mode newMode) {
            mode = newMode;
            return this;
        }

        /** Whether to write only what is better than all before. */
        public Builder saveBestOnly(boolean on) {
            saveBestOnly = on;
            return this;
        }

        public Builder saveWeightsOnly(boolean on) {
            saveWeightsOnly = on;
            return this;
        }

        /** Writes after so many batches instead of after each epoch. */
        public Builder saveFrequency(int newBatches) {
            if (newBatches < 1) {
                throw new IllegalArgumentException(
                        "[ModelCheckpoint] expected a saveFrequency of at least 1 batch; received " + newBatches + ".");
            }
            batches = OptionalInt.of(newBatches);
            return this;
        }

        /** What the first value must be better than. */
        public Builder initialValueThreshold(double value) {
            initialValueThreshold = OptionalDouble.of(value);
            return this;
        }

        public ModelCheckpoint build() {
            return new ModelCheckpoint(this);
        }
    }
}
