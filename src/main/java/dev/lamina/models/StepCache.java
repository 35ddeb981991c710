package dev.lamina.models;

import dev.lamina.layers.CallLosses;
import dev.lamina.layers.Layer;
import dev.lamina.runtime.CompiledStep;
import dev.lamina.runtime.Execution;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The compiled forms of one kind of step, one for each set of input specs; the longest unused goes when there are too
 * many.
 */
final class StepCache implements AutoCloseable {
    private static final int MOST = 8;

    private final Layer model;
    private final Function<List<Tensor>, Map<String, Tensor>> program;
    private final LinkedHashMap<List<TensorSpec>, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

    /** A compiled step, the names of its outputs, and the losses that layers added in it. */
    record Entry(CompiledStep step, List<String> names, CallLosses losses) {
        /** Runs the step on a batch. */
        void run(List<HostArray> batch) {
            for (int i = 0; i < batch.size(); i++) {
                step.feed(i, batch.get(i).data());
            }
            step.run();
            losses.restore();
        }

        /** The named outputs. */
        Map<String, Tensor> outputs() {
            Map<String, Tensor> outputs = new LinkedHashMap<>();
            for (int i = 0; i < names.size(); i++) {
                outputs.put(names.get(i), step.outputs().get(i));
            }
            return outputs;
        }
    }

    /** @param program what to trace: named outputs from the arguments */
    StepCache(Layer model, Function<List<Tensor>, Map<String, Tensor>> program) {
        this.model = model;
        this.program = program;
    }

    Entry get(List<TensorSpec> specs) {
        Entry entry = entries.get(specs);
        if (entry == null) {
            entry = trace(specs);
            entries.put(specs, entry);
            if (entries.size() > MOST) {
                Map.Entry<List<TensorSpec>, Entry> oldest = entries.firstEntry();
                entries.remove(oldest.getKey());
                oldest.getValue().step().close();
            }
        }
        return entry;
    }

    private Entry trace(List<TensorSpec> specs) {
        List<String> names = new ArrayList<>();
        List<CallLosses> losses = new ArrayList<>();
        CompiledStep step = Execution.compile(specs, arguments -> {
            Map<String, Tensor> outputs = program.apply(arguments);
            CallLosses added = CallLosses.of(model);
            names.addAll(outputs.keySet());
            losses.add(added);
            List<Tensor> all = new ArrayList<>(outputs.values());
            all.addAll(added.tensors());
            return all;
        });
        return new Entry(step, List.copyOf(names), losses.get(0));
    }

    @Override
    public void close() {
        entries.values().forEach(entry -> entry.step().close());
        entries.clear();
    }
}
