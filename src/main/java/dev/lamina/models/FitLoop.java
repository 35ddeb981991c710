package dev.lamina.models;

import dev.lamina.callbacks.Callback;
import dev.lamina.callbacks.CallbackList;
import dev.lamina.callbacks.Logs;
import dev.lamina.callbacks.ProgressBar;
import dev.lamina.callbacks.TrainingContext;
import dev.lamina.tensor.HostArray;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The epochs of one call of fit. */
final class FitLoop implements TrainingContext {
    /** What the loop does with batches. */
    interface Steps {
        void run(dev.lamina.data.HostBatch batch);

        /** The values measured since the epoch began. */
        Logs logs();

        void resetMetrics();
    }

    /** A validation: what it measured, by name. */
    interface Validation {
        Map<String, Double> run(Callback callbacks);
    }

    private final Model model;
    private final FitOptions options;
    private final int stepsPerExecution;
    private final EpochSteps data;
    private final Steps steps;
    private final Optional<Validation> validation;
    private boolean stopped;

    FitLoop(Model model, FitOptions options, EpochSteps data, Steps steps, Optional<Validation> validation) {
        this.model = model;
        this.options = options;
        this.stepsPerExecution = model.compileOptions().stepsPerExecution();
        this.data = data;
        this.steps = steps;
        this.validation = validation;
    }

    History run() {
        History history = new History();
        List<Callback> all = new ArrayList<>(options.callbacks());
        if (options.verbose()) {
            all.add(new ProgressBar());
        }
        all.add(history);
        CallbackList callbacks = new CallbackList(all);
        try {
            callbacks.onTrainBegin(
                    new Callback.Plan(options.epochs(), options.initialEpoch(), data.steps(), data.samples()), this);
            Logs last = Logs.of(Map.of());
            for (int epoch = options.initialEpoch(); epoch < options.epochs() && !stopped; epoch++) {
                last = epoch(epoch, callbacks);
            }
            callbacks.onTrainEnd(last, this);
            return history;
        } catch (RuntimeException | Error e) {
            callbacks.onTrainFailure(e);
            throw e;
        }
    }

    private Logs epoch(int epoch, CallbackList callbacks) {
        callbacks.onEpochBegin(epoch, this);
        steps.resetMetrics();
        data.beginEpoch();
        int step = 0;
        while (data.hasNext(step) && !stopped) {
            callbacks.onTrainBatchBegin(step, this);
            for (int i = 0; i < stepsPerExecution && data.hasNext(step); i++) {
                steps.run(data.next());
                step++;
            }
            callbacks.onTrainBatchEnd(step - 1, steps.logs(), this);
        }
        Logs logs = Logs.of(steps.logs().read());
        if (validation.isPresent() && (epoch + 1) % options.validationFrequency() == 0) {
            validation.get().run(callbacks).forEach((name, value) -> logs.put("val_" + name, value));
        }
        callbacks.onEpochEnd(epoch, logs, this);
        return logs;
    }

    // What callbacks may do.

    @Override
    public String modelName() {
        return model.name();
    }

    @Override
    public void stopTraining() {
        stopped = true;
    }

    @Override
    public boolean isStopped() {
        return stopped;
    }

    @Override
    public double learningRate() {
        return model.optimizer().learningRate();
    }

    @Override
    public void setLearningRate(double rate) {
        model.optimizer().setLearningRate(rate);
    }

    @Override
    public long iterations() {
        return model.optimizer().iterations();
    }

    @Override
    public List<HostArray> weights() {
        return model.weightValues();
    }

    @Override
    public void setWeights(List<HostArray> values) {
        model.setWeightValues(values);
    }

    @Override
    public void save(Path file) {
        model.save(file);
    }

    @Override
    public void saveWeights(Path file) {
        model.save(file);
    }
}
