package dev.lamina.models;

import dev.lamina.layers.Layer;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/** Runs one kind of step (training, test, prediction) on batches: compiled, or op by op. */
final class StepRunner implements AutoCloseable {
    /** What a step computes: named outputs from inputs and targets. */
    interface Program {
        Map<String, Tensor> run(List<Tensor> x, List<Tensor> y);
    }

    private final Program program;
    private final Layer model;
    private int inputs;
    private @Nullable StepCache cache;
    private StepCache.@Nullable Entry last;
    private Map<String, HostArray> eagerOutputs = Map.of();

    StepRunner(Layer model, Program program) {
        this.model = model;
        this.program = program;
    }

    /**
     * @param batch the inputs, then the targets
     * @param inputCount how many of them are inputs
     */
    void run(List<HostArray> batch, int inputCount, boolean eagerly) {
        inputs = inputCount;
        if (eagerly) {
            runEagerly(batch);
            return;
        }
        List<TensorSpec> specs = batch.stream().map(HostArray::spec).toList();
        StepCache.Entry entry = cache().get(specs);
        entry.run(batch);
        last = entry;
    }

    private void runEagerly(List<HostArray> batch) {
        last = null;
        try (Scope scope = Scope.open()) {
            Map<String, HostArray> outputs = new LinkedHashMap<>();
            split(batch.stream().map(Ops::tensor).toList()).forEach((name, value) -> outputs.put(name, value.toHost()));
            eagerOutputs = outputs;
            model.losses().forEach(scope::keep);
        }
    }

    private Map<String, Tensor> split(List<Tensor> batch) {
        return program.run(batch.subList(0, inputs), batch.subList(inputs, batch.size()));
    }

    private StepCache cache() {
        StepCache current = cache;
        if (current == null) {
            current = new StepCache(model, this::split);
            cache = current;
        }
        return current;
    }

    /** Copies an output of the last run to the host. */
    void read(int output, HostArray target) {
        StepCache.Entry entry = last;
        if (entry != null) {
            entry.step().read(output, target.data());
        } else {
            target.data()
                    .copyFrom(List.copyOf(eagerOutputs.values()).get(output).data());
        }
    }

    /** The scalars among the outputs of the last run, read when asked for. */
    Map<String, DoubleSupplier> scalars() {
        Map<String, DoubleSupplier> scalars = new LinkedHashMap<>();
        StepCache.Entry entry = last;
        if (entry != null) {
            entry.outputs().forEach((name, tensor) -> scalars.put(name, tensor::item));
        } else {
            eagerOutputs.forEach((name, value) -> scalars.put(name, () -> value.getDouble(0)));
        }
        return scalars;
    }

    /** Frees the compiled steps. */
    @Override
    public void close() {
        last = null;
        if (cache != null) {
            cache.close();
        }
    }
}
