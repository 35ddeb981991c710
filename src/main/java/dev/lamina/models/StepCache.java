package dev.lamina.models;

import dev.lamina.layers.CallLosses;
import dev.lamina.layers.Layer;
import dev.lamina.runtime.CompiledStep;
import dev.lamina.runtime.Execution;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The compiled forms of one kind of step, one for each set of input specs; the longest unused goes when there are too
 * many.
 */
final class StepCache implements AutoCloseable {
    private static final int MOST = 8;

    private final Layer model;
    private final Function<Batch, Map<String, Tensor>> program;
    private final LinkedHashMap<Form, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

    private @Nullable Entry last;

    /** What a step is compiled for: the specs of inputs, targets and weights, in this order. */
    private record Form(List<TensorSpec> specs, int inputs, int targets) {
        /** Whether a step of this form runs that batch. */
        boolean fits(StepBatch batch) {
            return inputs == batch.inputs() && targets == batch.targets() && specs.equals(batch.specs());
        }

        static Form of(StepBatch batch) {
            return new Form(batch.specs(), batch.inputs(), batch.targets());
        }

        Batch batch(List<Tensor> tensors) {
            int end = inputs + targets;
            return new Batch(
                    tensors.subList(0, inputs), tensors.subList(inputs, end), tensors.subList(end, tensors.size()));
        }
    }

    /** A compiled step, the names of its outputs, and the losses that layers added in it. */
    record Entry(Form form, CompiledStep step, List<String> names, CallLosses losses) {
        /**
         * Runs the step on a batch, or on each of several. Like all that happens in each step, it leaves nothing for
         * the collector.
         */
        void run(StepBatch batch) {
            batch.run(step);
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

    /** @param program what to trace: named outputs from a batch */
    StepCache(Layer model, Function<Batch, Map<String, Tensor>> program) {
        this.model = model;
        this.program = program;
    }

    Entry get(StepBatch batch) {
        Entry latest = last;
        if (latest != null && latest.form.fits(batch)) {
            return latest;
        }
        Form form = Form.of(batch);
        Entry entry = entries.get(form);
        if (entry == null) {
            entry = trace(form);
            entries.put(form, entry);
            if (entries.size() > MOST) {
                Map.Entry<Form, Entry> oldest = entries.firstEntry();
                entries.remove(oldest.getKey());
                oldest.getValue().step().close();
            }
        }
        last = entry;
        return entry;
    }

    private Entry trace(Form form) {
        List<String> names = new ArrayList<>();
        List<CallLosses> losses = new ArrayList<>();
        CompiledStep step = Execution.compile(form.specs(), arguments -> {
            Map<String, Tensor> outputs = program.apply(form.batch(arguments));
            CallLosses added = CallLosses.of(model);
            names.addAll(outputs.keySet());
            losses.add(added);
            List<Tensor> all = new ArrayList<>(outputs.values());
            all.addAll(added.tensors());
            return all;
        });
        return new Entry(form, step, List.copyOf(names), losses.get(0));
    }

    @Override
    public void close() {
        entries.values().forEach(entry -> entry.step().close());
        entries.clear();
        last = null;
    }
}
