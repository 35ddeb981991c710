package dev.lamina.models;

import dev.lamina.backend.Backend;
import dev.lamina.backend.Backends;
import dev.lamina.data.HostBatch;
import dev.lamina.errors.OutOfMemoryException;
import dev.lamina.runtime.CompiledStep;
import dev.lamina.runtime.Variables;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Samples that lie on the device: each array as a whole, and the order of the pass if there is one. A batch is taken
 * from them there, so that nothing passes through the host but the order, once a pass.
 */
final class ResidentSamples implements AutoCloseable {
    /** The most bytes of one set of samples; a part of the free memory without it. */
    private static final String PROPERTY = "dev.lamina.residentBytes";

    /** The rest is for what a step of another form may need, and for the validation's samples. */
    private static final int PART = 4;

    private final Samples samples;
    private final HostArray hostOrder;
    private final List<Variable> arrays = new ArrayList<>();
    private final @Nullable Variable order;
    private boolean reordered;
    private Rows rows;

    private ResidentSamples(Samples samples, boolean shuffled) {
        this.samples = samples;
        hostOrder = HostArray.over(MemorySegment.ofArray(samples.order()), Shape.of(samples.count()), DType.INT32);
        rows = new Rows(0);
        try {
            for (HostArray array : samples.arrays()) {
                arrays.add(Variables.create("samples", array, false));
            }
            order = shuffled ? Variables.create("order", hostOrder, false) : null;
        } catch (Throwable e) {
            arrays.forEach(Variable::close);
            throw e;
        }
    }

    /**
     * Puts samples onto the current backend's device; empty if it has no memory of its own, or too little is free.
     *
     * @param shuffled whether they come in another order than that of the arrays
     */
    static Optional<ResidentSamples> of(Samples samples, boolean shuffled) {
        Backend backend = Backends.current();
        if (!backend.hasOwnMemory() || samples.bytes() > Long.getLong(PROPERTY, backend.availableBytes() / PART)) {
            return Optional.empty();
        }
        try {
            return Optional.of(new ResidentSamples(samples, shuffled));
        } catch (OutOfMemoryException e) {
            // What is free may be in pieces. The samples go to the device with each step then.
            return Optional.empty();
        }
    }

    /** To be called when the order of the samples has changed. */
    void reorder() {
        reordered = true;
    }

    /** The samples {@code from} to {@code to} of the present order. */
    StepBatch batch(int from, int to) {
        Variable onDevice = order;
        if (reordered && onDevice != null) {
            onDevice.assign(hostOrder);
        }
        reordered = false;
        if (rows.size != to - from) {
            rows = new Rows(to - from);
        }
        rows.from = from;
        return rows;
    }

    private final class Rows implements StepBatch {
        private final int size;
        private final List<TensorSpec> specs;
        private int from;

        private Rows(int size) {
            this.size = size;
            specs = samples.arrays().stream()
                    .map(array -> new TensorSpec(array.shape().withSize(0, size), array.dtype()))
                    .toList();
        }

        @Override
        public List<TensorSpec> specs() {
            return specs;
        }

        @Override
        public int inputs() {
            return samples.inputs();
        }

        @Override
        public int targets() {
            return samples.targets().size();
        }

        @Override
        public void feed(CompiledStep step) {
            for (int i = 0; i < arrays.size(); i++) {
                if (order == null) {
                    step.feed(i, arrays.get(i), from);
                } else {
                    step.feed(i, arrays.get(i), order, from);
                }
            }
        }

        @Override
        public HostBatch onHost() {
            return samples.batch(from, from + size);
        }
    }

    /** Frees the memory on the device. */
    @Override
    public void close() {
        arrays.forEach(Variable::close);
        if (order != null) {
            order.close();
        }
    }
}
