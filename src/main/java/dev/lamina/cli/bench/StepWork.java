package dev.lamina.cli.bench;

import dev.lamina.layers.Conv2D;
import dev.lamina.layers.DTypePolicy;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Flatten;
import dev.lamina.layers.MaxPooling2D;
import dev.lamina.layers.Reshape;
import dev.lamina.losses.Loss;
import dev.lamina.losses.MeanSquaredError;
import dev.lamina.losses.SparseCategoricalCrossentropy;
import dev.lamina.models.Sequential;
import dev.lamina.optimizers.Adam;
import dev.lamina.optimizers.Optimizer;
import dev.lamina.optimizers.SGD;
import dev.lamina.runtime.CompiledStep;
import dev.lamina.runtime.Execution;
import dev.lamina.runtime.GradientTape;
import dev.lamina.runtime.Variables;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** A case's model and its compiled step: what a training loop of one's own looks like. */
final class StepWork extends LoopWork {
    private final StepCase one;
    private final List<Variable> x;
    private final List<Variable> targets;
    private final float[][] inputs;
    private final float[] out;
    private final Sequential model;
    private final Optimizer optimizer;
    private final Loss loss;
    private final CompiledStep step;
    private int batch;

    /** Puts the batches onto the device: feeding from the host is not a part of a training step here. */
    StepWork(StepCase named, BenchSizes sizes) {
        one = named.sized(sizes);
        DTypePolicy before = DTypePolicy.global();
        DTypePolicy.setGlobal(one.policy());
        try {
            model = one.convolves() ? convolutional() : dense(one.sizes());
        } finally {
            DTypePolicy.setGlobal(before);
        }
        DType type = model.dtypePolicy().compute();
        StepData data = new StepData(one, type);
        x = onDevice(data.x());
        targets = onDevice(data.targets());
        inputs = one.trains()
                ? new float[0][]
                : data.x().stream().map(HostArray::toFloatArray).toArray(float[][]::new);
        out = new float[one.trains() ? 0 : one.batch() * one.outputs()];
        optimizer = one.kind() == StepCase.Kind.TRAIN_REGRESSION ? new SGD(1e-2) : new Adam(1e-3);
        loss = one.isRegression() ? new MeanSquaredError() : new SparseCategoricalCrossentropy(true);
        TensorSpec input = new TensorSpec(Shape.of(one.batch(), one.inputs()), type);
        model.computeOutputSpecs(List.of(input));
        step = one.trains()
                ? Execution.compile(List.of(input, targets.get(0).spec()), arguments -> List.of(train(arguments)))
                : Execution.compile(List.of(input), arguments -> List.of(model.apply(arguments.get(0), false)));
    }

    private static List<Variable> onDevice(List<HostArray> batches) {
        return batches.stream()
                .map(batch -> Variables.create("batch", batch, false))
                .toList();
    }

    private static Sequential dense(List<Integer> sizes) {
        Sequential model = new Sequential();
        for (int i = 1; i < sizes.size(); i++) {
            model.add(i == sizes.size() - 1 ? new Dense(sizes.get(i)) : new Dense(sizes.get(i), "relu"));
        }
        return model;
    }

    private static Sequential convolutional() {
        return Sequential.of(
                new Reshape(28, 28, 1),
                Conv2D.of(32, 3, 3).activation("relu").build(),
                new MaxPooling2D(2),
                Conv2D.of(64, 3, 3).activation("relu").build(),
                new MaxPooling2D(2),
                new Flatten(),
                new Dense(128, "relu"),
                new Dense(10));
    }

    private Tensor train(List<Tensor> arguments) {
        Tensor value;
        List<Tensor> gradients;
        try (GradientTape tape = GradientTape.open()) {
            value = loss.apply(arguments.get(1), model.apply(arguments.get(0), true));
            gradients = tape.gradient(value, model.trainableWeights());
        }
        optimizer.apply(gradients, model.trainableWeights());
        return value;
    }

    /** Trains on the next batch of the pool, or predicts from a host array to a host array. */
    @Override
    void step() {
        if (one.trains()) {
            step.feed(0, x.get(batch));
            step.feed(1, targets.get(batch));
            step.run();
        } else {
            step.feed(0, MemorySegment.ofArray(inputs[batch]));
            step.run();
            step.read(0, MemorySegment.ofArray(out));
        }
        batch = (batch + 1) % one.pool();
    }

    @Override
    void await() {
        step.await();
    }

    @Override
    public long samples() {
        return one.batch();
    }

    @Override
    public OptionalDouble loss() {
        if (!one.trains()) {
            return super.loss();
        }
        batch = 0;
        double sum = 0;
        for (int i = 0; i < one.pool(); i++) {
            step();
            sum += step.output(0).getDouble(0);
        }
        return OptionalDouble.of(sum / one.pool());
    }

    @Override
    public Map<String, Object> facts() {
        return Map.of("size", one.batch() + " samples, " + one.sizes() + ", " + one.policy());
    }

    @Override
    public void close() {
        step.close();
        optimizer.close();
        model.close();
        x.forEach(Variable::close);
        targets.forEach(Variable::close);
    }
}
