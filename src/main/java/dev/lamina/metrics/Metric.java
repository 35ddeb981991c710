package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.config.Described;
import dev.lamina.config.Registry;
import dev.lamina.errors.ShapeException;
import dev.lamina.errors.TracedValueException;
import dev.lamina.initializers.Initializer;
import dev.lamina.initializers.Initializers;
import dev.lamina.losses.SampleWeights;
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
import java.util.Optional;

/**
 * A number (or several) accumulated over batches. Its state lives on the device; only reading the result waits for it.
 * One of your own makes its state with {@link #addState} in the constructor and overrides {@link #accumulate} and
 * {@link #result}; it is registered with {@link Metrics} to be found by name.
 */
public abstract class Metric implements AutoCloseable {
    private final MetricOptions options;
    private final Map<Variable, HostArray> state = new LinkedHashMap<>();

    /** @param name in snake case; the state is float32 */
    protected Metric(String name) {
        this(MetricOptions.named(name));
    }

    protected Metric(MetricOptions options) {
        this.options = options.withDefaultName(Registry.snakeCase(getClass().getSimpleName()));
    }

    public final String name() {
        return options.name();
    }

    /** The type that is computed in and of the state. */
    public final DType dtype() {
        return options.dtype();
    }

    /** A variable of the metric's type that {@link #reset} brings back to zeros. */
    protected final Variable addState(String stateName, Shape shape) {
        return addState(stateName, shape, dtype(), Initializers.zeros());
    }

    /** A variable that {@link #reset} brings back to its initial values. */
    protected final Variable addState(String stateName, Shape shape, DType dtype, Initializer initial) {
        HostArray values = initial.apply(shape, dtype);
        Variable variable = Variables.create(name() + "/" + stateName, values, false);
        state.put(variable, values);
        return variable;
    }

    /** Takes in a batch, or what the prediction's mask leaves of it. */
    public final void update(Tensor target, Tensor prediction) {
        update(target, prediction, Optional.empty(), prediction.mask());
    }

    /** Takes in a batch of unequal samples; {@code (batch,)}, or more axes to weigh positions. */
    public final void update(Tensor target, Tensor prediction, Tensor sampleWeight) {
        update(target, prediction, Optional.of(sampleWeight), prediction.mask());
    }

    /**
     * Takes in a batch of which only a part counts.
     *
     * @param mask true for what counts. As in Keras only means over samples look at it ({@link #usesMask})
     */
    public final void update(Tensor target, Tensor prediction, Optional<Tensor> sampleWeight, Optional<Tensor> mask) {
        Optional<Tensor> weights =
                usesMask() ? SampleWeights.merge(name(), sampleWeight, mask, false, dtype()) : sampleWeight;
        accumulate(target, prediction, weights);
    }

    /** Whether a mask is passed to {@link #accumulate}, as weights of 0; false unless overridden. */
    protected boolean usesMask() {
        return false;
    }

    /** Adds a batch to the state. */
    protected abstract void accumulate(Tensor target, Tensor prediction, Optional<Tensor> sampleWeight);

    /** The number, or numbers, for what was taken in since the last reset. */
    public abstract Tensor result();

    /** The only number of the result, on the host; waits for the device. */
    public final double value() {
        return Execution.eagerly(() -> {
            try (Scope scope = Scope.open()) {
                Tensor result = result();
                checkIsOneNumber(result.shape());
                return result.item();
            }
        });
    }

    private void checkIsOneNumber(Shape shape) {
        if (shape.elements() != 1) {
            throw new ShapeException("[" + name() + "] expected a result of one number, as logs hold it; received "
                    + shape + ". For one of each class call result(); F1Score and FBetaScore give one number with an "
                    + "average.");
        }
    }

    /**
     * Refuses, as {@link #value} would, a result of several numbers, whose shape is found by inference alone. Says
     * nothing of a result that looks at values.
     */
    public final void checkHasValue() {
        Shape shape;
        try {
            shape = Execution.symbolically(this::result).shape();
        } catch (TracedValueException _) {
            return;
        }
        if (shape.isFullyKnown()) {
            checkIsOneNumber(shape);
        }
    }

    /** Starts anew: the state gets its initial values. */
    public final void reset() {
        state.forEach(Variable::assign);
    }

    public final List<Variable> variables() {
        return new ArrayList<>(state.keySet());
    }

    /** The arguments by Keras's names, as its {@code get_config} gives them. Overrides add theirs. */
    public Map<String, Object> config() {
        return baseConfig();
    }

    /** The class and the config. */
    @Override
    public String toString() {
        return Described.of(this, name(), this::config);
    }

    private Map<String, Object> baseConfig() {
        return Config.entries("name", name(), "dtype", dtype().toString());
    }

    /** The config with more entries, keys and values by turns. */
    final Map<String, Object> configWith(Object... pairs) {
        Map<String, Object> config = baseConfig();
        config.putAll(Config.entries(pairs));
        return config;
    }

    /** Keras's name of the class, which files hold. */
    String className() {
        return getClass().getSimpleName();
    }

    /** Frees the state. Closing twice does nothing. */
    @Override
    public final void close() {
        state.keySet().forEach(Variable::close);
    }
}
