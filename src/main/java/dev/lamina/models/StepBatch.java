package dev.lamina.models;

import dev.lamina.data.HostBatch;
import dev.lamina.runtime.CompiledStep;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.TensorSpec;
import java.util.List;

/**
 * The samples of one step, in host memory, or of one or several steps, on the device; valid until the next ones are
 * asked for.
 */
interface StepBatch {
    /** The specs of the inputs, then of the targets, then of the sample weights. */
    List<TensorSpec> specs();

    int inputs();

    int targets();

    /** How many steps these samples are for, one after the other. */
    int steps();

    /** Runs a step that takes these specs so often. */
    void run(CompiledStep step);

    /** The samples of the first step in host memory. */
    HostBatch onHost();

    /** Samples in host memory, which go to the device with each step. */
    static StepBatch of(HostBatch batch) {
        List<HostArray> arrays = batch.arrays();
        return new OnHost(batch, arrays, arrays.stream().map(HostArray::spec).toList());
    }

    /** What {@link #of} gives. */
    record OnHost(HostBatch onHost, List<HostArray> arrays, List<TensorSpec> specs) implements StepBatch {
        @Override
        public int inputs() {
            return onHost.x().size();
        }

        @Override
        public int targets() {
            return onHost.y().size();
        }

        @Override
        public int steps() {
            return 1;
        }

        @Override
        public void run(CompiledStep step) {
            for (int i = 0; i < arrays.size(); i++) {
                step.feed(i, arrays.get(i).data());
            }
            step.run();
        }
    }
}
