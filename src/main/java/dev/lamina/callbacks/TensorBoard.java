package dev.lamina.callbacks;

import dev.lamina.tensor.HostArray;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes the logs for TensorBoard: after each epoch {@code epoch_loss} and the like, those of the validation in the
 * folder {@code validation} beside {@code train}, with the learning rate; after an evaluation
 * {@code evaluation_loss_vs_iterations}; and after batches, if asked to, {@code batch_loss}.
 */
public final class TensorBoard implements Callback {
    private static final AtomicLong SERIAL = new AtomicLong();

    private final Path folder;
    private final int batches;
    private final Map<String, EventFile> files = new LinkedHashMap<>();
    private final BatchCounter counter;
    private long batch;
    private int lastStep = -1;
    private Optional<TrainingContext> training = Optional.empty();

    /** Writes after each epoch. */
    public TensorBoard(Path folder) {
        this(folder, 0);
    }

    /** @param updateFrequency writes also after so many batches; 0 for epochs only. Reading a batch's logs waits */
    public TensorBoard(Path folder, int updateFrequency) {
        if (updateFrequency < 0) {
            throw new IllegalArgumentException(
                    "[TensorBoard] expected an updateFrequency of at least 0; received " + updateFrequency + ".");
        }
        this.folder = folder;
        this.batches = updateFrequency;
        this.counter = new BatchCounter(Math.max(1, updateFrequency));
    }

    private EventFile file(String part) {
        return files.computeIfAbsent(part, name -> {
            String suffix = "lamina." + ProcessHandle.current().pid() + "." + SERIAL.getAndIncrement();
            return new EventFile(folder.resolve(name), System.currentTimeMillis(), suffix);
        });
    }

    @Override
    public boolean followsBatches() {
        return batches > 0;
    }

    @Override
    public void onTrainBegin(Plan plan, TrainingContext newTraining) {
        training = Optional.of(newTraining);
        batch = 0;
    }

    @Override
    public void onEpochBegin(int epoch, TrainingContext now) {
        counter.beginEpoch();
        lastStep = -1;
    }

    @Override
    public void onTrainBatchEnd(int step, Logs logs, TrainingContext now) {
        batch += step - lastStep;
        lastStep = step;
        if (batches > 0 && counter.isDue(step)) {
            logs.read().forEach((name, value) -> file("train").scalar("batch_" + name, batch, value));
        }
    }

    @Override
    public void onTestEnd(Logs logs) {
        long iterations = training.map(TrainingContext::iterations).orElse(0L);
        logs.read()
                .forEach((name, value) ->
                        file("validation").scalar("evaluation_" + name + "_vs_iterations", iterations, value));
        if (training.isEmpty()) {
            close();
        }
    }

    @Override
    public void onEpochEnd(int epoch, Logs logs, TrainingContext now) {
        Map<String, Double> values = logs.read();
        values.put("learning_rate", now.learningRate());
        values.forEach((name, value) -> {
            boolean held = name.startsWith("val_");
            file(held ? "validation" : "train").scalar("epoch_" + (held ? name.substring(4) : name), epoch, value);
        });
    }

    @Override
    public void onTrainEnd(Logs logs, TrainingContext now) {
        close();
    }

    @Override
    public void onTrainFailure(Throwable error) {
        close();
    }

    @Override
    public Map<String, HostArray> state() {
        return Map.of("batch", HostArray.of(new double[] {batch, lastStep}), "batches", HostArray.of(counter.state()));
    }

    @Override
    public void restore(Map<String, HostArray> state) {
        HostArray at = state.get("batch");
        HostArray count = state.get("batches");
        if (at != null && count != null) {
            batch = at.getLong(0);
            lastStep = (int) at.getLong(1);
            counter.restore(count.getDouble(0), count.getDouble(1));
        }
    }

    private void close() {
        files.values().forEach(EventFile::close);
        files.clear();
        training = Optional.empty();
    }
}
