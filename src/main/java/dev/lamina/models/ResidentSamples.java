package dev.lamina.models;

import dev.lamina.backend.Backend;
import dev.lamina.backend.Backends;
import dev.lamina.backend.ResidentRows;
import dev.lamina.data.HostBatch;
import dev.lamina.errors.OutOfMemoryException;
import dev.lamina.runtime.CompiledStep;
import dev.lamina.runtime.Variables;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
    private final List<Variable> variables = new ArrayList<>();
    private final Optional<Variable> order;
    private final ResidentRows rows;
    private boolean reordered;
    private Taken taken;

    private ResidentSamples(Samples samples, boolean shuffled) {
        this.samples = samples;
        hostOrder = HostArray.over(MemorySegment.ofArray(samples.order()), Shape.of(samples.count()), DType.INT32);
        taken = new Taken(0);
        try {
            List<Operand> tables = new ArrayList<>();
            for (HostArray array : samples.arrays()) {
                tables.add(variable("samples", array).operand());
            }
            order = shuffled ? Optional.of(variable("order", hostOrder)) : Optional.empty();
            Variable place = variable("place", HostArray.zeros(Shape.of(1), DType.INT32));
            rows = new ResidentRows(tables, order.map(Variable::operand), place.operand());
        } catch (Throwable e) {
            close();
            throw e;
        }
    }

    private Variable variable(String name, HostArray values) {
        Variable variable = Variables.create(name, values, false);
        variables.add(variable);
        return variable;
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

    /** The samples of some steps, each on so many, in the present order from a place on. */
    StepBatch batches(int from, int size, int steps) {
        if (reordered) {
            order.ifPresent(onDevice -> onDevice.assign(hostOrder));
        }
        reordered = false;
        if (taken.size != size) {
            taken = new Taken(size);
        }
        taken.from = from;
        taken.steps = steps;
        return taken;
    }

    private final class Taken implements StepBatch {
        private final int size;
        private final List<TensorSpec> specs;
        private int from;
        private int steps;

        private Taken(int size) {
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
        public int steps() {
            return steps;
        }

        @Override
        public void run(CompiledStep step) {
            step.run(rows, from, steps);
        }

        @Override
        public HostBatch onHost() {
            return samples.batch(from, from + size);
        }
    }

    /** Frees the memory on the device. */
    @Override
    public void close() {
        variables.forEach(Variable::close);
    }
}
