package dev.lamina.models;

import dev.lamina.callbacks.Callback;
import dev.lamina.callbacks.CallbackList;
import dev.lamina.callbacks.Logs;
import dev.lamina.data.Dataset;
import dev.lamina.data.HostBatch;
import dev.lamina.errors.ReleasedTensorException;
import dev.lamina.metrics.Metric;
import dev.lamina.runtime.Execution;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What fit, evaluate and predict do with a model's steps. One of them runs at a time; predictors run beside each other,
 * but not beside those.
 */
final class Trainer implements AutoCloseable {
    private final Model model;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock(true);
    private final StepRunner train;
    private final StepRunner test;
    private final StepRunner predict;
    private final ModelSpecs specs;
    private @Nullable CompileOptions options;
    private @Nullable Measures measures;
    private boolean closed;

    Trainer(Model model) {
        this.model = model;
        this.train = new StepRunner(model, model::trainStep);
        this.test = new StepRunner(model, model::testStep);
        this.predict = new StepRunner(model, batch -> {
            Map<String, Tensor> outputs = new LinkedHashMap<>();
            List<Tensor> predictions = model.predictStep(batch.x());
            for (int i = 0; i < predictions.size(); i++) {
                outputs.put("output_" + i, predictions.get(i));
            }
            return outputs;
        });
        this.specs = new ModelSpecs(model, this::dropSteps);
    }

    // Compiling.

    void compile(CompileOptions newOptions) {
        locked("compile", () -> {
            dropSteps();
            if (measures != null) {
                measures.release();
            }
            options = newOptions.forPolicy(model.dtypePolicy());
            measures = new Measures(model, newOptions);
            return newOptions;
        });
    }

    CompileOptions compiled(String what) {
        CompileOptions given = options;
        if (given == null) {
            throw notCompiled(what);
        }
        return given;
    }

    Optional<CompileOptions> options() {
        return Optional.ofNullable(options);
    }

    Measures measures(String what) {
        Measures given = measures;
        if (given == null) {
            throw notCompiled(what);
        }
        return given;
    }

    private IllegalStateException notCompiled(String what) {
        return new IllegalStateException(
                "[" + model.name() + "] expected a compiled model for " + what + "; call compile first.");
    }

    private boolean eager() {
        return options != null && options.runEagerly();
    }

    /** Those of compile, then those in fields of the model and its layers. */
    List<Metric> metrics() {
        return measures == null ? FieldMetrics.of(model) : measures.allMetrics();
    }

    void resetMetrics() {
        if (measures == null) {
            FieldMetrics.of(model).forEach(Metric::reset);
        } else {
            measures.reset();
        }
    }

    // Training.

    History fit(List<HostArray> x, List<HostArray> y, FitOptions fit) {
        return locked("fit", () -> {
            compiled("fit");
            boolean weighted = !fit.classWeights().isEmpty();
            if (weighted && !fit.sampleWeights().isEmpty()) {
                throw new IllegalArgumentException("[fit] expected class weights or sample weights; received both. "
                        + "Multiply the sample weights by those of their classes.");
            }
            Samples all = new Samples("fit", x, y, fit.sampleWeights());
            // Data given to validate on go before a split, which then takes nothing from the training.
            boolean split = fit.validationSplit() > 0
                    && fit.validation(model).isEmpty()
                    && fit.validationDataset().isEmpty();
            List<Samples> parts = split ? all.split(fit.validationSplit()) : List.of(all);
            Samples training = weighted ? parts.get(0).weighted(fit.classWeights()) : parts.get(0);
            training.requireSome();
            OptionalLong seed = fit.shuffle() ? OptionalLong.of(SeedGenerator.nextSeed()) : OptionalLong.empty();
            ArrayFeed feed = new ArrayFeed(training, fit.batchSize(), seed);
            EpochSteps steps = new EpochSteps(resident(feed, fit, fit.stepsPerEpoch()), fit.stepsPerEpoch());
            prepare(steps.first().onHost(), training.targets());
            Optional<Samples> held =
                    split ? Optional.of(parts.get(1)) : fit.validation(model).map(data -> Samples.of("fit", data));
            return run(steps, held, false, fit);
        });
    }

    History fit(Dataset data, FitOptions fit) {
        return locked("fit", () -> {
            compiled("fit");
            if (fit.validationSplit() > 0
                    || !fit.sampleWeights().isEmpty()
                    || !fit.classWeights().isEmpty()) {
                throw new IllegalArgumentException("[fit] expected no validationSplit, sampleWeights or classWeights "
                        + "with a data set, which is not known as a whole. Give weights in its batches, and validation "
                        + "data.");
            }
            EpochSteps steps = new EpochSteps(new DatasetFeed("fit", data), fit.stepsPerEpoch());
            HostBatch first = steps.first().onHost();
            prepare(first, first.y());
            return run(steps, fit.validation(model).map(held -> Samples.of("fit", held)), true, fit);
        });
    }

    private History run(EpochSteps data, Optional<Samples> heldSamples, boolean check, FitOptions fit) {
        Optional<BatchFeed> held = Optional.empty();
        if (heldSamples.isPresent()) {
            Samples samples = heldSamples.get();
            samples.requireSome();
            check(samples.batch(0, Math.min(samples.count(), fit.validationBatchSize())), samples.targets());
            ArrayFeed feed = new ArrayFeed(samples, fit.validationBatchSize(), OptionalLong.empty());
            held = Optional.of(resident(feed, fit, fit.validationSteps()));
        } else {
            held = fit.validationDataset().map(given -> new DatasetFeed("fit", given));
        }
        boolean checkHeld = heldSamples.isEmpty();
        Optional<FitLoop.Validation> validation = held.map(feed ->
                new FitLoop.Validation(feed, callbacks -> test(feed, fit.validationSteps(), checkHeld, callbacks)));
        FitLoop.Steps steps = new FitLoop.Steps() {
            @Override
            public void run(StepBatch batch) {
                if (check) {
                    check(batch.onHost(), batch.onHost().y());
                }
                train.run(batch, eager());
            }

            @Override
            public Logs logs() {
                return Logs.whenRead(train::measured);
            }

            @Override
            public void rehearse(StepBatch batch) {
                Execution.withoutAssignments(() -> {
                    train.run(batch, true);
                    return batch;
                });
            }

            @Override
            public Measures measures() {
                return Trainer.this.measures("fit");
            }
        };
        try (data) {
            return new FitLoop(model, fit, data, steps, validation).run();
        } finally {
            held.ifPresent(BatchFeed::close);
        }
    }

    /** Op by op, the samples come from the host. */
    private BatchFeed resident(ArrayFeed feed, FitOptions fit, OptionalInt steps) {
        return eager() ? feed : feed.resident(fit.epochs() - fit.initialEpoch(), steps);
    }

    Map<String, Double> trainOnBatch(HostBatch batch) {
        return onBatch("trainOnBatch", train, batch);
    }

    Map<String, Double> testOnBatch(HostBatch batch) {
        return onBatch("testOnBatch", test, batch);
    }

    private Map<String, Double> onBatch(String what, StepRunner runner, HostBatch batch) {
        return locked(what, () -> {
            compiled(what);
            prepare(batch, batch.y());
            runner.run(batch, eager());
            return new Logs(runner.measured()).read();
        });
    }

    // Evaluation.

    Map<String, Double> evaluate(List<HostArray> x, List<HostArray> y, EvaluateOptions evaluate) {
        return locked("evaluate", () -> {
            compiled("evaluate");
            checkBatchSize(evaluate.batchSize());
            Samples samples = new Samples("evaluate", x, y, evaluate.sampleWeights());
            samples.requireSome();
            prepare(samples.batch(0, Math.min(samples.count(), evaluate.batchSize())), samples.targets());
            BatchFeed feed = new ArrayFeed(samples, evaluate.batchSize(), OptionalLong.empty());
            return test(feed, evaluate.steps(), false, new CallbackList(evaluate.callbacks()));
        });
    }

    Map<String, Double> evaluate(Dataset data, EvaluateOptions evaluate) {
        return locked("evaluate", () -> {
            compiled("evaluate");
            BatchFeed feed = new DatasetFeed("evaluate", data);
            return test(feed, evaluate.steps(), true, new CallbackList(evaluate.callbacks()));
        });
    }

    private Map<String, Double> test(BatchFeed feed, OptionalInt most, boolean check, Callback callbacks) {
        measures("evaluate").reset();
        feed.begin(0);
        OptionalInt steps = most.isPresent() ? most : feed.batches();
        callbacks.onTestBegin(steps);
        Pauses pauses = new Pauses(callbacks, compiled("evaluate").stepsPerExecution());
        int end = most.orElse(Integer.MAX_VALUE);
        for (int step = 0; feed.hasNext() && step < end; ) {
            callbacks.onTestBatchBegin(step);
            pauses.begin(step);
            do {
                StepBatch batch = feed.next(Math.min(pauses.most(step), end - step));
                if (check) {
                    prepare(batch.onHost(), batch.onHost().y());
                }
                test.run(batch, eager());
                step += batch.steps();
            } while (!pauses.isDue(step) && step < end && feed.hasNext());
            callbacks.onTestBatchEnd(step - 1, Logs.whenRead(test::measured));
        }
        Map<String, Double> values = new Logs(test.measured()).read();
        callbacks.onTestEnd(Logs.of(values));
        return values;
    }

    // Prediction.

    List<HostArray> predict(List<HostArray> x, EvaluateOptions options) {
        return locked("predict", () -> {
            checkBatchSize(options.batchSize());
            Samples samples = new Samples("predict", x, List.of(), List.of());
            List<HostArray> first = samples.batch(0, Math.min(samples.count(), options.batchSize()))
                    .x();
            Optional<List<TensorSpec>> outputs = specs.outputs(first);
            if (samples.count() == 0) {
                return outputs.orElse(List.of()).stream()
                        .map(spec -> HostArray.zeros(spec.shape().withSize(0, 0), spec.dtype()))
                        .toList();
            }
            BatchFeed feed = new ArrayFeed(samples, options.batchSize(), OptionalLong.empty());
            return predict(feed, false, options);
        });
    }

    List<HostArray> predict(Dataset data, EvaluateOptions options) {
        return locked("predict", () -> predict(new DatasetFeed("predict", data), true, options));
    }

    /** @param check whether a batch may be of another kind than those before it */
    private List<HostArray> predict(BatchFeed feed, boolean check, EvaluateOptions evaluate) {
        CallbackList callbacks = new CallbackList(evaluate.callbacks());
        feed.begin(0);
        callbacks.onPredictBegin(evaluate.steps().isPresent() ? evaluate.steps() : feed.batches());
        int most = evaluate.steps().orElse(Integer.MAX_VALUE);
        List<List<HostArray>> results = new ArrayList<>();
        for (int step = 0; feed.hasNext() && step < most; step++) {
            callbacks.onPredictBatchBegin(step);
            results.add(predicted(feed.next(1).onHost(), check));
            callbacks.onPredictBatchEnd(step);
        }
        callbacks.onPredictEnd();
        return Rows.join(results);
    }

    List<HostArray> predictOnBatch(List<HostArray> x) {
        return locked("predictOnBatch", () -> predicted(new HostBatch(x, List.of(), List.of()), true));
    }

    private List<HostArray> predicted(HostBatch batch, boolean check) {
        HostBatch inputs = new HostBatch(batch.x(), List.of(), List.of());
        if (check) {
            specs.outputs(inputs.x());
        }
        predict.run(inputs, eager());
        return predict.outputs();
    }

    Predictor predictor(List<TensorSpec> inputs, int callers) {
        return locked("predictor", () -> new Predictor(model, model::predictStep, inputs, callers, lock.readLock()));
    }

    // Preparation.

    /** Builds the model for a batch's shapes, and the losses and metrics; looks at the targets. */
    private void prepare(HostBatch batch, List<HostArray> targets) {
        Optional<List<TensorSpec>> outputs = specs.outputs(batch.x());
        if (outputs.isPresent() && !batch.y().isEmpty()) {
            measures("fit")
                    .metrics()
                    .build(
                            batch.y().stream().map(HostArray::shape).toList(),
                            outputs.get().stream().map(TensorSpec::shape).toList());
        }
        outputs.ifPresent(found -> measures("fit").losses().check(targets, found));
    }

    private void check(HostBatch batch, List<HostArray> targets) {
        specs.outputs(batch.x()).ifPresent(found -> measures("fit").losses().check(targets, found));
    }

    private void checkBatchSize(int batchSize) {
        if (batchSize < 1) {
            throw new IllegalArgumentException(
                    "[" + model.name() + "] expected a batch size of at least 1; received " + batchSize + ".");
        }
    }

    private void dropSteps() {
        train.close();
        test.close();
        predict.close();
    }

    <T> T locked(String what, Supplier<T> action) {
        lock.writeLock().lock();
        try {
            if (closed) {
                throw new ReleasedTensorException("[" + model.name() + "] expected an open model for " + what
                        + "; it was closed. Use the model before model.close().");
            }
            return action.get();
        } finally {
            lock.writeLock().unlock();
        }
    }

    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                dropSteps();
                FieldMetrics.of(model).forEach(Metric::close);
                if (measures != null) {
                    measures.close();
                }
                if (options != null) {
                    options.trainingOptimizer().close();
                }
            }
        } finally {
            lock.writeLock().unlock();
        }
    }
}
