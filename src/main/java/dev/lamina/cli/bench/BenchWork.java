package dev.lamina.cli.bench;

import dev.lamina.layers.Conv2D;
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
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A case's model and its compiled step: what a training loop of one's own looks like. */
final class BenchWork implements AutoCloseable {
    private final List<Tensor> x;
    private final List<Tensor> targets;
    private final Sequential model;
    private final Optimizer optimizer;
    private final Loss loss;
    private final CompiledStep step;

    /** Puts the batches onto the device: feeding from the host is not a part of a training step here. */
    BenchWork(BenchCase one, BenchData data) {
        x = data.x().stream().map(Ops::tensor).toList();
        targets = data.targets().stream().map(Ops::tensor).toList();
        model = one.convolves() ? convolutional() : dense(one.sizes());
        boolean regression = one.work() == BenchCase.Work.TRAIN_REGRESSION;
        optimizer = regression ? new SGD(1e-2) : new Adam(1e-3);
        loss = regression ? new MeanSquaredError() : new SparseCategoricalCrossentropy(true);
        TensorSpec input = new TensorSpec(Shape.of(one.batch(), one.inputs()), DType.FLOAT32);
        model.computeOutputSpecs(List.of(input));
        step = one.trains()
                ? Execution.compile(List.of(input, targets.get(0).spec()), arguments -> List.of(train(arguments)))
                : Execution.compile(List.of(input), arguments -> List.of(model.apply(arguments.get(0), false)));
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

    /** One step of training on a batch of the pool. */
    void step(int batch) {
        step.feed(0, x.get(batch));
        step.feed(1, targets.get(batch));
        step.run();
    }

    /** Waits until all steps are done. */
    void await() {
        step.await();
    }

    /** The last step's loss. */
    double loss() {
        HostArray value = step.output(0);
        return value.getDouble(0);
    }

    /** From a host array to a host array. */
    void predict(float[] x, float[] y) {
        step.feed(0, MemorySegment.ofArray(x));
        step.run();
        step.read(0, MemorySegment.ofArray(y));
    }

    @Override
    public void close() {
        step.close();
        optimizer.close();
        model.close();
    }
}
