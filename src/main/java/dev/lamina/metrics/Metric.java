package dev.lamina.metrics;

import dev.lamina.initializers.Initializer;
import dev.lamina.initializers.Initializers;
import dev.lamina.runtime.Execution;
import dev.lamina.runtime.Scope;
import dev.lamina.runtime.Variables;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A number that is accumulated over batches. Its state lives on the device; only reading the result waits for it. One
 * of your own makes its state with {@link #addState} in the constructor and overrides {@link #update} and
 * {@link #result}.
 */
public abstract class Metric implements AutoCloseable {
    private final String name;
    private final Map<Variable, HostArray> state = new LinkedHashMap<>();

    protected Metric(String name) {
        this.name = name;
    }

    public final String name() {
        return name;
    }

    /** A float32 variable that {@link #reset} brings back to zeros. */
    protected final Variable addState(String stateName, Shape shape) {
        return addState(stateName, shape, DType.FLOAT32, Initializers.zeros());
    }

    /** A variable that {@link #reset} brings back to its initial values. */
    protected final Variable addState(String stateName, Shape shape, DType dtype, Initializer initial) {
        HostArray values = initial.apply(shape, dtype);
        Variable variable = Variables.create(name + "/" + stateName, values, false);
        state.put(variable, values);
        return variable;
    }

    /** Takes in a batch. */
    public abstract void update(Tensor target, Tensor prediction);

    /** The number for what was taken in since the last reset, as a scalar. */
    public abstract Tensor result();

    /** The number, on the host; waits for the device. */
    public final double value() {
        return Execution.eagerly(() -> {
            try (Scope scope = Scope.open()) {
                return result().item();
            }
        });
    }

    /** Starts anew. */
    public final void reset() {
        state.forEach(Variable::assign);
    }

    public final List<Variable> variables() {
        return new ArrayList<>(state.keySet());
    }

    /** Frees the state. Closing twice does nothing. */
    @Override
    public final void close() {
        state.keySet().forEach(Variable::close);
    }
}
