package dev.lamina.models;

import dev.lamina.callbacks.Callback;
import dev.lamina.callbacks.Logs;
import dev.lamina.callbacks.ProgressBar;
import dev.lamina.callbacks.TrainingControl;
import dev.lamina.errors.ReleasedTensorException;
import dev.lamina.errors.TracedValueException;
import dev.lamina.layers.Layer;
import dev.lamina.losses.Loss;
import dev.lamina.metrics.Mean;
import dev.lamina.metrics.Metric;
import dev.lamina.runtime.Execution;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/** The loops of fit, evaluate and predict over a model's steps. One of them runs at a time. */
final class Trainer implements AutoCloseable {
    private final Model model;
    private final ReentrantLock lock = new ReentrantLock();
    private final StepRunner train;
    private final StepRunner test;
    private final StepRunner predict;
    private Optional<CompileOptions> options = Optional.empty();
    private @Nullable Mean lossTracker;
    private List<Metric> metrics = List.of();
    private List<Object> structure = List.of();
    private final Map<List<TensorSpec>, List<TensorSpec>> outputSpecs = new HashMap<>();
    private boolean closed;

    Trainer(Model model) {
        this.model = model;
        this.train = new StepRunner(model, (x, y) -> model.trainStep(new Batch(x, y)));
        this.test = new StepRunner(model, (x, y) -> model.testStep(new Batch(x, y)));
        this.predict = new StepRunner(model, (x, y) -> {
            Map<String, Tensor> outputs = new LinkedHashMap<>();
            List<Tensor> predictions = model.predictStep(x);
            for (int i = 0; i < predictions.size(); i++) {
                outputs.put("output_" + i, predictions.get(i));
            }
            return outputs;
        });
    }

    // Compiling.

    void compile(CompileOptions newOptions) {
        locked("compile", () -> {
            dropSteps();
            closeMadeMetrics();
            metrics = List.of();
            options = Optional.of(newOptions);
            return newOptions;
        });
    }

    /** Closes the metrics that were made from names; those that were given may be in use elsewhere. */
    private void closeMadeMetrics() {
        List<CompileOptions.MetricFactory> factories =
                options.map(CompileOptions::metrics).orElse(List.of());
        for (int i = 0; i < metrics.size(); i++) {
            if (!factories.get(i).isGiven()) {
                metrics.get(i).close();
            }
        }
    }

    CompileOptions compiled(String what) {
        return options.orElseThrow(() -> new IllegalStateException(
                "[" + model.name() + "] expected a compiled model for " + what + "; call compile first."));
    }

    private boolean eager() {
        return options.map(CompileOptions::runEagerly).orElse(false);
    }

    /** Those of compile, then those in fields of the model and its layers. */
    List<Metric> metrics() {
        List<Metric> all = new ArrayList<>(metrics);
        FieldMetrics.of(model).stream().filter(metric -> !all.contains(metric)).forEach(all::add);
        return all;
    }

    // What steps do to the state.

    void trackLoss(Tensor loss, Batch batch) {
        lossTracker().update(loss, batch.size());
    }

    private Mean lossTracker() {
        Mean tracker = lossTracker;
        if (tracker == null) {
            tracker = new Mean("loss");
            lossTracker = tracker;
        }
        return tracker;
    }

    void updateMetrics(Batch batch, List<Tensor> predictions) {
        if (!batch.y().isEmpty()) {
            metrics.forEach(metric -> metric.update(batch.y().get(0), predictions.get(0)));
        }
    }

    void resetMetrics() {
        lossTracker().reset();
        metrics().forEach(Metric::reset);
    }

    // The loops.

    History fit(List<HostArray> x, List<HostArray> y, FitOptions fit) {
        return locked("fit", () -> {
            CompileOptions compile = compiled("fit");
            Samples all = new Samples("fit", x, y);
            // Data given to validate on go before a split, which then takes nothing from the training.
            boolean whole = fit.validationSplit() == 0 || fit.validation().isPresent();
            int first = (int) Math.floor(all.count() * (1 - fit.validationSplit()));
            List<Samples> parts = whole ? List.of(all) : all.split("fit", first);
            Samples training = parts.get(0);
            if (training.count() == 0) {
                throw new IllegalArgumentException("[fit] expected at least one sample; received none.");
            }
            Optional<Samples> validation = fit.validation().map(data -> new Samples("fit", data.x(), data.y()));
            if (validation.isEmpty() && parts.size() == 2) {
                validation = Optional.of(parts.get(1));
            }
            prepare(training, fit.batchSize());
            checkTargets(compile, training, fit.batchSize());
            validation.ifPresent(samples -> checkTargets(compile, samples, fit.batchSize()));
            return run(training, validation, fit);
        });
    }

    private History run(Samples training, Optional<Samples> validation, FitOptions fit) {
        History history = new History();
        List<Callback> callbacks = new ArrayList<>(List.of(history));
        if (fit.verbose()) {
            callbacks.add(new ProgressBar());
        }
        callbacks.addAll(fit.callbacks());
        TrainingControl control = new TrainingControl();
        Random random = new Random(SeedGenerator.nextSeed());
        int steps = training.steps(fit.batchSize());
        Callback.Plan plan = new Callback.Plan(fit.epochs(), fit.initialEpoch(), steps, training.count());
        callbacks.forEach(callback -> callback.onTrainBegin(plan));
        for (int epoch = fit.initialEpoch(); epoch < fit.epochs() && !control.isStopped(); epoch++) {
            int now = epoch;
            callbacks.forEach(callback -> callback.onEpochBegin(now));
            resetMetrics();
            if (fit.shuffle()) {
                training.shuffle(random);
            }
            for (int step = 0; step < steps && !control.isStopped(); step++) {
                runStep(train, training, step, fit.batchSize());
                Logs logs = logs(train);
                int at = step;
                callbacks.forEach(callback -> callback.onTrainBatchEnd(at, logs, control));
            }
            Map<String, Double> values = logs(train).read();
            if (validation.isPresent() && (epoch + 1) % fit.validationFrequency() == 0) {
                runTest(validation.get(), fit.batchSize(), callbacks)
                        .forEach((name, value) -> values.put("val_" + name, value));
            }
            Logs logs = constant(values);
            callbacks.forEach(callback -> callback.onEpochEnd(now, logs, control));
        }
        callbacks.forEach(Callback::onTrainEnd);
        return history;
    }

    Map<String, Double> evaluate(List<HostArray> x, List<HostArray> y, int batchSize) {
        return locked("evaluate", () -> {
            CompileOptions compile = compiled("evaluate");
            Samples samples = new Samples("evaluate", x, y);
            if (samples.count() == 0) {
                throw new IllegalArgumentException("[evaluate] expected at least one sample; received none.");
            }
            prepare(samples, batchSize);
            checkTargets(compile, samples, batchSize);
            return runTest(samples, batchSize, List.of());
        });
    }

    private Map<String, Double> runTest(Samples samples, int batchSize, List<Callback> callbacks) {
        resetMetrics();
        int steps = samples.steps(batchSize);
        callbacks.forEach(callback -> callback.onTestBegin(steps));
        for (int step = 0; step < steps; step++) {
            runStep(test, samples, step, batchSize);
            int at = step;
            Logs logs = logs(test);
            callbacks.forEach(callback -> callback.onTestBatchEnd(at, logs));
        }
        Map<String, Double> values = logs(test).read();
        callbacks.forEach(callback -> callback.onTestEnd(constant(values)));
        return values;
    }

    Map<String, Double> trainOnBatch(List<HostArray> x, List<HostArray> y) {
        return locked("trainOnBatch", () -> {
            CompileOptions compile = compiled("trainOnBatch");
            Samples samples = new Samples("trainOnBatch", x, y);
            prepare(samples, samples.count());
            checkTargets(compile, samples, samples.count());
            runStep(train, samples, 0, samples.count());
            return logs(train).read();
        });
    }

    List<HostArray> predict(List<HostArray> x, int batchSize) {
        return locked("predict", () -> {
            Samples samples = new Samples("predict", x, List.of());
            checkBatchSize(batchSize);
            int batch = Math.min(batchSize, Math.max(1, samples.count()));
            List<HostArray> results = new ArrayList<>();
            for (TensorSpec spec : build(samples, batch)) {
                results.add(HostArray.zeros(spec.shape().withSize(0, samples.count()), spec.dtype()));
            }
            for (int from = 0; from < samples.count(); from += batchSize) {
                int to = Math.min(samples.count(), from + batchSize);
                predict.run(samples.batch(from, to), samples.inputs(), eager());
                for (int i = 0; i < results.size(); i++) {
                    predict.read(i, results.get(i).rows(from, to));
                }
            }
            return results;
        });
    }

    private void runStep(StepRunner runner, Samples samples, int step, int batchSize) {
        int from = step * batchSize;
        runner.run(samples.batch(from, Math.min(samples.count(), from + batchSize)), samples.inputs(), eager());
    }

    // Preparation.

    /** Builds the model for the first batch's shapes, and the metrics. */
    private void prepare(Samples samples, int batchSize) {
        checkBatchSize(batchSize);
        int batch = Math.min(batchSize, samples.count());
        List<TensorSpec> outputs = build(samples, batch);
        List<CompileOptions.MetricFactory> factories = compiled("metrics").metrics();
        if (metrics.isEmpty() && !factories.isEmpty() && !samples.targets().isEmpty()) {
            TensorSpec target = samples.specs(batch).get(samples.inputs());
            metrics = factories.stream()
                    .map(factory ->
                            factory.create(target.shape(), outputs.get(0).shape()))
                    .toList();
        }
    }

    private void checkBatchSize(int batchSize) {
        if (batchSize < 1) {
            throw new IllegalArgumentException(
                    "[" + model.name() + "] expected a batch size of at least 1; received " + batchSize + ".");
        }
    }

    /**
     * The outputs' specs for a batch; builds the model where it is not built yet. Steps of an earlier structure of the
     * model are dropped.
     */
    private List<TensorSpec> build(Samples samples, int batch) {
        List<TensorSpec> inputs = samples.specs(batch).subList(0, samples.inputs());
        dropStaleSteps();
        List<TensorSpec> outputs = outputSpecs.get(inputs);
        if (outputs == null) {
            outputs = infer(samples, inputs);
            dropStaleSteps();
            outputSpecs.put(inputs, outputs);
        }
        return outputs;
    }

    private List<TensorSpec> infer(Samples samples, List<TensorSpec> inputs) {
        try {
            return model.computeOutputSpecs(inputs);
        } catch (TracedValueException e) {
            // The model looks at values; so it gets some.
            int batch = inputs.get(0).shape().size(0);
            return Execution.withoutAssignments(() -> {
                try (Scope scope = Scope.open()) {
                    List<Tensor> x =
                            samples.batch(0, Math.min(batch, samples.count())).subList(0, samples.inputs()).stream()
                                    .map(Ops::tensor)
                                    .toList();
                    return model.apply(x, false).stream().map(Tensor::spec).toList();
                }
            });
        }
    }

    private void checkTargets(CompileOptions compile, Samples samples, int batchSize) {
        Optional<Loss> loss = compile.loss();
        if (loss.isPresent()) {
            List<TensorSpec> outputs = build(samples, Math.min(batchSize, samples.count()));
            // Another number of targets than of outputs is the loss's affair.
            for (int i = 0; i < Math.min(outputs.size(), samples.targets().size()); i++) {
                loss.get().checkTargets(samples.targets().get(i), outputs.get(i));
            }
        }
    }

    /**
     * Compiled steps hold the model's parts, its variables and what was trainable (also tests do: penalties count for
     * trainable weights); after a freeze, or when a part was replaced, they are traced anew.
     */
    private void dropStaleSteps() {
        List<Object> signature = new ArrayList<>();
        for (Layer layer : model.flatten()) {
            signature.add(layer);
            signature.add(layer.trainable());
        }
        signature.addAll(model.variables());
        if (!signature.equals(structure)) {
            dropSteps();
            outputSpecs.clear();
            structure = signature;
        }
    }

    private void dropSteps() {
        train.close();
        test.close();
        predict.close();
    }

    // Results.

    private Logs logs(StepRunner runner) {
        Map<String, DoubleSupplier> values = new LinkedHashMap<>();
        values.put("loss", lossTracker()::value);
        metrics().forEach(metric -> values.put(metric.name(), metric::value));
        values.putAll(runner.scalars());
        return new Logs(values);
    }

    private static Logs constant(Map<String, Double> values) {
        Map<String, DoubleSupplier> suppliers = new LinkedHashMap<>();
        values.forEach((name, value) -> suppliers.put(name, () -> value));
        return new Logs(suppliers);
    }

    private <T> T locked(String what, java.util.function.Supplier<T> action) {
        lock.lock();
        try {
            if (closed) {
                throw new ReleasedTensorException("[" + model.name() + "] expected an open model for " + what
                        + "; it was closed. Use the model before model.close().");
            }
            return action.get();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                dropSteps();
                metrics().forEach(Metric::close);
                lossTracker().close();
                options.ifPresent(compile -> compile.optimizer().close());
            }
        } finally {
            lock.unlock();
        }
    }
}
