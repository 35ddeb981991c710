package dev.lamina.models;

import dev.lamina.data.HostBatch;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Runs one kind of step (training, test, prediction) on batches: compiled, or op by op. */
final class StepRunner implements AutoCloseable {
    private final Function<Batch, Map<String, Tensor>> program;
    private final Model model;
    private final StepCache cache;
    private StepCache.@Nullable Entry last;
    private Map<String, HostArray> eagerOutputs = Map.of();

    /** Whether a step has ever given its loss to trackLoss; it need not at every one. */
    private boolean tracksLoss;

    /** @param step what a step computes: named outputs from a batch */
    StepRunner(Model model, Function<Batch, Map<String, Tensor>> step) {
        this.model = model;
        this.program = batch -> {
            tookLoss();
            Map<String, Tensor> outputs = step.apply(batch);
            tracksLoss |= tookLoss();
            return outputs;
        };
        this.cache = new StepCache(model, program);
    }

    /** Whether a loss was given to trackLoss since this was last asked. */
    private boolean tookLoss() {
        return model.isCompiled() && model.measures().tookLoss();
    }

    void run(HostBatch batch, boolean eagerly) {
        run(StepBatch.of(batch), eagerly);
    }

    void run(StepBatch batch, boolean eagerly) {
        if (eagerly) {
            runEagerly(batch.onHost());
            return;
        }
        StepCache.Entry entry = cache.get(batch);
        entry.run(batch);
        last = entry;
    }

    private void runEagerly(HostBatch batch) {
        last = null;
        try (Scope scope = Scope.open()) {
            Map<String, HostArray> outputs = new LinkedHashMap<>();
            program.apply(new Batch(tensors(batch.x()), tensors(batch.y()), tensors(batch.sampleWeights())))
                    .forEach((name, value) -> outputs.put(name, value.toHost()));
            eagerOutputs = outputs;
            model.losses().forEach(scope::keep);
        }
    }

    private static List<Tensor> tensors(List<HostArray> arrays) {
        return arrays.stream().map(Ops::tensor).toList();
    }

    /** The outputs of the last run, copied to the host. */
    List<HostArray> outputs() {
        StepCache.Entry entry = last;
        if (entry == null) {
            return List.copyOf(eagerOutputs.values());
        }
        List<HostArray> outputs = new ArrayList<>();
        for (int i = 0; i < entry.names().size(); i++) {
            outputs.add(entry.step().output(i));
        }
        return outputs;
    }

    /** What the steps have measured so far, by name, read when asked for. Only a compiled model measures. */
    Map<String, DoubleSupplier> measured() {
        return model.measures().values(scalars(), tracksLoss);
    }

    /** The scalars among the outputs of the last run. */
    private Map<String, DoubleSupplier> scalars() {
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
        tracksLoss = false;
        cache.close();
    }
}
