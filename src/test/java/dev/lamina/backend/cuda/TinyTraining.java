package dev.lamina.backend.cuda;

import dev.lamina.backend.ResidentRows;
import dev.lamina.layers.Layer;
import dev.lamina.losses.Loss;
import dev.lamina.metrics.Metric;
import dev.lamina.models.Sequential;
import dev.lamina.optimizers.Optimizer;
import dev.lamina.runtime.CompiledStep;
import dev.lamina.runtime.Execution;
import dev.lamina.runtime.GradientTape;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.runtime.Variables;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** A training on samples that lie on the device, as a compiled step without fit. */
final class TinyTraining implements AutoCloseable {
    static final int SAMPLES = 200;

    /** What is trained, made anew for each training: the same from the same seed. */
    record Recipe(
            Supplier<List<Layer>> layers,
            Supplier<Optimizer> optimizer,
            Supplier<Loss> loss,
            Supplier<Metric> metric) {}

    private final Sequential model;
    private final Optimizer optimizer;
    private final Loss loss;
    private final Metric metric;
    private final CompiledStep step;
    private final int batch;
    private final List<Variable> owned = new ArrayList<>();
    private final ResidentRows rows;

    /** @param data the samples, and what they are to give */
    TinyTraining(Recipe recipe, List<HostArray> data, int batch) {
        this.batch = batch;
        SeedGenerator.setGlobalSeed(7);
        model = Sequential.of(recipe.layers.get().toArray(Layer[]::new));
        optimizer = recipe.optimizer.get();
        loss = recipe.loss.get();
        metric = recipe.metric.get();
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, SAMPLES).boxed().toList());
        Collections.shuffle(order, new Random(3));
        int[] places = order.stream().mapToInt(i -> i).toArray();
        rows = new ResidentRows(
                data.stream().map(this::own).toList(),
                Optional.of(own(HostArray.of(places))),
                own(HostArray.zeros(Shape.of(1), DType.INT32)));
        List<TensorSpec> specs = data.stream()
                .map(array -> new TensorSpec(array.shape().withSize(0, batch), array.dtype()))
                .toList();
        model.computeOutputSpecs(specs.subList(0, 1));
        step = Execution.compile(specs, this::train);
    }

    private List<Tensor> train(List<Tensor> in) {
        try (GradientTape tape = GradientTape.open()) {
            Tensor predictions = model.apply(in.get(0), true);
            Tensor value = loss.apply(in.get(1), predictions);
            optimizer.apply(tape.gradient(value, model.trainableWeights()), model.trainableWeights());
            metric.update(in.get(1), predictions);
            return List.of(value, metric.result());
        }
    }

    private Operand own(HostArray values) {
        Variable variable = Variables.create("samples", values, false);
        owned.add(variable);
        return variable.operand();
    }

    /** Inputs in [-1, 1) and targets: whole numbers below the classes, or, without classes, any. */
    static List<HostArray> data(int inputs, Shape target, DType type, int classes) {
        Random random = new Random(inputs);
        HostArray x = HostArray.zeros(Shape.of(SAMPLES, inputs), DType.FLOAT32).fill(i -> 2 * random.nextFloat() - 1);
        HostArray y = HostArray.zeros(target.prepend(SAMPLES), type)
                .fill(i -> classes > 0 ? random.nextInt(classes) : Math.sin(3 * random.nextFloat()));
        return List.of(x, y);
    }

    /** Runs steps, at most so many at a time, pass after pass. */
    TinyTraining run(int steps, int together) {
        int inPass = SAMPLES / batch;
        int now;
        for (int done = 0; done < steps; done += now) {
            int at = done % inPass;
            now = Math.min(Math.min(together, steps - done), inPass - at);
            step.run(rows, at * batch, now);
        }
        return this;
    }

    CompiledStep step() {
        return step;
    }

    ResidentRows rows() {
        return rows;
    }

    /** Weights, the optimizer's state, the metric's, and what the last step gave. */
    List<double[]> state() {
        List<Variable> variables = new ArrayList<>(model.variables());
        variables.addAll(optimizer.variables());
        variables.addAll(metric.variables());
        List<HostArray> arrays =
                new ArrayList<>(variables.stream().map(Variable::toHost).toList());
        arrays.add(step.output(0));
        arrays.add(step.output(1));
        return arrays.stream()
                .map(array -> IntStream.range(0, (int) array.shape().elements())
                        .mapToDouble(array::getDouble)
                        .toArray())
                .toList();
    }

    @Override
    public void close() {
        step.close();
        optimizer.close();
        metric.close();
        model.close();
        owned.forEach(Variable::close);
    }
}
