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
import java.util.function.Function;

/** The epochs of one call of fit. */
final class FitLoop implements TrainingContext {
    /** What the loop does with batches. */
    interface Steps {
        /** Runs as many steps as the batch is for. */
        void run(StepBatch batch);

        /** Runs a step of which nothing remains but the variables that it makes. */
        void rehearse(StepBatch batch);

        /** What is measured since the epoch began. */
        Measures measures();

        /** Its present values. */
        Logs logs();
    }

    /**
     * A validation.
     *
     * @param feed the data
     * @param test goes through them and gives what it measured, by name
     */
    record Validation(BatchFeed feed, Function<Callback, Map<String, Double>> test) {}

    private final Model model;
    private final FitOptions options;
    private final int stepsPerExecution;
    private final EpochSteps data;
    private final Steps steps;
    private final Optional<Validation> validation;
    private CallbackList callbacks = new CallbackList(List.of());
    private int epoch;
    private int step;
    private boolean began;
    private boolean stopped;
    private Optional<TrainingState> resumed = Optional.empty();
    private Optional<Path> stateFile = Optional.empty();

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
        callbacks = new CallbackList(all);
        epoch = options.initialEpoch();
        try {
            callbacks.onTrainBegin(new Callback.Plan(options.epochs(), epoch, data.steps(), data.samples()), this);
            began = true;
            resumed.ifPresent(state -> state.restore(model, steps.measures()));
            resumed.ifPresent(state -> callbacks.restoreAll(state::ofCallback));
            Logs last = Logs.of(Map.of());
            while (epoch < options.epochs() && !stopped) {
                last = runEpoch();
            }
            model.optimizer().finish(model.trainableWeights());
            callbacks.onTrainEnd(last, this);
            return history;
        } catch (RuntimeException | Error e) {
            callbacks.onTrainFailure(e);
            throw e;
        }
    }

    private Logs runEpoch() {
        callbacks.onEpochBegin(epoch, this);
        if (step == 0) {
            steps.measures().reset();
            data.beginEpoch();
        } else {
            // In the middle of an epoch its beginning must leave no trace.
            resumed.ifPresent(state -> state.restore(model, steps.measures()));
            resumed.ifPresent(state -> callbacks.restoreAll(state::ofCallback));
        }
        resumed = Optional.empty();
        Pauses pauses = new Pauses(callbacks, stepsPerExecution);
        while (data.hasNext(step) && !stopped) {
            callbacks.onTrainBatchBegin(step, this);
            pauses.begin(step);
            do {
                StepBatch batch = data.next(step, pauses.most(step));
                steps.run(batch);
                step += batch.steps();
            } while (!pauses.isDue(step) && data.hasNext(step));
            callbacks.onTrainBatchEnd(step - 1, steps.logs(), this);
            writeState();
        }
        Logs logs = Logs.of(steps.logs().read());
        if (validation.isPresent() && (epoch + 1) % options.validationFrequency() == 0) {
            validation.get().test().apply(callbacks).forEach((name, value) -> logs.put("val_" + name, value));
        }
        callbacks.onEpochEnd(epoch, logs, this);
        epoch++;
        step = 0;
        writeState();
        return logs;
    }

    /** Writes the state that a callback has asked for, now that all have been told. */
    private void writeState() {
        if (stateFile.isPresent()) {
            TrainingState state = TrainingState.capture(model, steps.measures(), data.position(epoch, step, stopped));
            List<Map<String, HostArray>> remembered = callbacks.states();
            for (int i = 0; i < remembered.size(); i++) {
                state.putCallback(i, remembered.get(i));
            }
            state.write(stateFile.get());
            stateFile = Optional.empty();
        }
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
    public void checkSavable() {
        ModelFormat.find().checkSavable(model);
    }

    @Override
    public void saveWeights(Path file) {
        model.saveWeights(file);
    }

    @Override
    public void saveState(Path file) {
        stateFile = Optional.of(file);
    }

    @Override
    public void restoreState(Path file) {
        if (began) {
            throw new IllegalStateException(
                    "[" + model.name() + "] expected restoreState in onTrainBegin; it was called after it.");
        }
        TrainingState state = TrainingState.read(file);
        // A new process has none of the variables that a first step makes.
        data.looked().ifPresent(steps::rehearse);
        data.moveTo(state.position());
        epoch = state.position().epoch();
        step = state.position().step();
        stopped = state.position().stopped();
        int validations =
                epoch / options.validationFrequency() - options.initialEpoch() / options.validationFrequency();
        if (validations > 0) {
            validation.ifPresent(held -> held.feed().goOn());
        }
        state.restore(model, steps.measures());
        resumed = Optional.of(state);
    }
}
