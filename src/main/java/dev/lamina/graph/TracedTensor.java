package dev.lamina.graph;

import dev.lamina.errors.TracedValueException;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A value of a program that is being recorded. It has no value during the trace. One that is an output of a compiled
 * step can be read after the step has run, and then shows the last run's value.
 */
public final class TracedTensor extends Tensor {
    private final String name;
    private final Tracer tracer;
    private final Value value;
    private volatile @Nullable Supplier<HostArray> reader;

    TracedTensor(String name, Tracer tracer, Value value) {
        super(value.spec());
        this.name = name;
        this.tracer = tracer;
        this.value = value;
    }

    Tracer tracer() {
        return tracer;
    }

    public Value value() {
        return value;
    }

    /** From now on, reads the value through this. */
    public void readThrough(Supplier<HostArray> newReader) {
        reader = newReader;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public HostArray toHost() {
        Supplier<HostArray> current = reader;
        if (current == null) {
            throw new TracedValueException("[" + name + "] expected a tensor with values; received a traced " + spec()
                    + ", which has none while a step is being traced. Compute with Ops, or compile the model with"
                    + " runEagerly(true) to read values inside a step.");
        }
        return current.get();
    }

    @Override
    public String toString() {
        return reader == null
                ? "TracedTensor \"" + name + "\" shape=" + shape() + ", dtype=" + dtype()
                : "Tensor " + toHost();
    }
}
