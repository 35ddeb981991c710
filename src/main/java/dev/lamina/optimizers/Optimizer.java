package dev.lamina.optimizers;

import dev.lamina.config.Config;
import dev.lamina.config.Described;
import dev.lamina.initializers.Initializer;
import dev.lamina.initializers.Initializers;
import dev.lamina.runtime.Execution;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.schedules.LearningRateSchedule;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/**
 * Changes weights by their gradients. Step count, learning rate and slots (one variable for a weight and a purpose)
 * live on the device, so that a compiled step needs nothing from the host. One of your own overrides {@link #prepare},
 * and {@link #createSlots} if it remembers anything:
 *
 * <pre>{@code
 * final class SignDescent extends Optimizer {
 *     SignDescent(double rate) { super(OptimizerOptions.of("sign_descent", rate)); }
 *
 *     protected Update prepare(Tensor rate) {
 *         return (weight, gradient) ->
 *                 weight.assign(Ops.subtract(weight, Ops.multiply(Ops.sign(gradient), rate)));
 *     }
 * }
 * }</pre>
 *
 * The order of a step is Keras's: unscale, accumulate, clip, decay the weights, update, average, constrain.
 */
public abstract class Optimizer implements AutoCloseable {
    /** How one step changes a weight. */
    @FunctionalInterface
    public interface Update {
        /** @param gradient of the weight's type */
        void apply(Variable weight, Tensor gradient);
    }

    private final OptimizerOptions options;
    private final OptimizerState state;
    private final Variable iterations;
    private final Optional<Variable> learningRate;
    private final Optional<WeightAverage> average;
    private final Optional<GradientAccumulation> accumulation;
    private final Optional<Pattern> undecayed;
    private final List<Variable> ownSlots = new ArrayList<>();
    private Optional<Tensor> guard = Optional.empty();

    protected Optimizer(OptimizerOptions options) {
        options.check();
        this.options = options;
        state = new OptimizerState(options.name());
        iterations = state.add(name() + "/iteration", HostArray.zeros(Shape.scalar(), DType.INT32));
        learningRate = options.schedule().isPresent()
                ? Optional.empty()
                : Optional.of(state.add(name() + "/learning_rate", scalar(options.initialRate())));
        average = options.useEma() ? Optional.of(new WeightAverage(state, options)) : Optional.empty();
        accumulation = options.gradientAccumulationSteps().isPresent()
                ? Optional.of(new GradientAccumulation(
                        state, options.gradientAccumulationSteps().getAsInt()))
                : Optional.empty();
        undecayed = options.undecayed().isEmpty()
                ? Optional.empty()
                : Optional.of(Pattern.compile(String.join("|", options.undecayed())));
    }

    private static HostArray scalar(double value) {
        return HostArray.zeros(Shape.scalar(), DType.FLOAT32).fill(i -> value);
    }

    public final String name() {
        return options.name();
    }

    // To be overridden.

    /**
     * What this step does to each weight. Called once a step: what all weights share, such as a corrected rate, is
     * computed here, and used by the update that is returned.
     *
     * @param rate the learning rate, a float32 scalar
     */
    protected abstract Update prepare(Tensor rate);

    /** Makes the slots of these weights, by {@link #addSlots} and its kin; none by default. */
    protected void createSlots(List<Variable> weights) {}

    /** The optimizer that takes the steps, where this one only guides it. */
    Optional<Optimizer> wrapped() {
        return Optional.empty();
    }

    /** By how much a weight decays, if at all; by default as the options say. */
    protected OptionalDouble weightDecay(Variable weight) {
        return options.weightDecay();
    }

    /** Keras's arguments of this optimizer; a subclass with arguments of its own adds them. */
    public Map<String, Object> config() {
        return options.toConfig(options.schedule().isPresent() ? 0 : learningRate());
    }

    // For subclasses.

    /**
     * Makes slots of zeros, of the weights' shapes and types: for the first weight each of the purposes, then for the
     * second, and so on.
     */
    protected final void addSlots(List<Variable> weights, String... purposes) {
        for (Variable weight : weights) {
            for (String purpose : purposes) {
                addSlot(weight, purpose, Initializers.zeros());
            }
        }
    }

    /** Makes one slot of the weight's shape and type. */
    protected final Variable addSlot(Variable weight, String purpose, Initializer initializer) {
        Variable slot = state.addSlot(
                weight,
                purpose,
                state.slotName(weight, purpose),
                weight.spec(),
                () -> initializer.apply(weight.shape(), weight.dtype()));
        ownSlots.add(slot);
        return slot;
    }

    /** Makes one slot with these values, whose shape and type may differ from the weight's. */
    protected final Variable addSlot(Variable weight, String purpose, HostArray initial) {
        return addSlot(weight, purpose, state.slotName(weight, purpose), initial);
    }

    /** Makes one slot whose whole name is given. */
    final Variable addSlot(Variable weight, String purpose, String name, HostArray initial) {
        Variable slot = state.addSlot(weight, purpose, name, initial.spec(), () -> initial);
        ownSlots.add(slot);
        return slot;
    }

    /** Makes a variable that belongs to no weight. */
    final Variable addVariable(String name, HostArray initial) {
        Variable variable = state.add(name, initial);
        ownSlots.add(variable);
        return variable;
    }

    /** What was made for this weight and purpose. */
    protected final Variable slot(Variable weight, String purpose) {
        return state.slot(weight, purpose);
    }

    /** The number of this update, counted from 1, as a float32 scalar. */
    protected final Tensor step() {
        return Ops.cast(update(), DType.FLOAT32);
    }

    /** The number of this update, counted from 1, as an int32 scalar. */
    final Tensor update() {
        int every = options.gradientAccumulationSteps().orElse(1);
        Tensor before = every == 1 ? iterations : Ops.floorDivide(iterations, Ops.constant(every, iterations.dtype()));
        return Ops.add(before, Ops.constant(1, before.dtype()));
    }

    /** {@code base^exponent} of a constant, in float32. */
    protected static Tensor power(double base, Tensor exponent) {
        return Ops.power(Ops.constant(base, DType.FLOAT32), exponent);
    }

    // Using it.

    /**
     * Makes the variables for these weights, in Keras's order, so that they can be read from a file before the first
     * step. {@link #apply} does it by itself. Weights that are known already keep what they have.
     */
    public final void build(List<Variable> weights) {
        List<Variable> unknown =
                weights.stream().filter(weight -> !state.knows(weight)).toList();
        if (unknown.isEmpty()) {
            return;
        }
        unknown.forEach(state::learnOf);
        average.ifPresent(_ -> addBaseSlots(unknown, WeightAverage.SLOT));
        accumulation.ifPresent(_ -> addBaseSlots(unknown, GradientAccumulation.SLOT));
        createSlots(unknown);
    }

    private void addBaseSlots(List<Variable> weights, String purpose) {
        for (Variable weight : weights) {
            state.addSlot(
                    weight,
                    purpose,
                    state.slotName(weight, purpose),
                    weight.spec(),
                    () -> HostArray.zeros(weight.shape(), weight.dtype()));
        }
    }

    /**
     * Changes the weights by their gradients, given in the same order, and counts one step; nothing without weights.
     */
    public final void apply(List<Tensor> gradients, List<Variable> weights) {
        if (gradients.size() != weights.size()) {
            throw new IllegalArgumentException("[" + name() + "] expected a gradient for each weight; received "
                    + gradients.size() + " gradients and " + weights.size() + " weights.");
        }
        if (weights.isEmpty()) {
            return;
        }
        build(weights);
        List<Tensor> fitting = new ArrayList<>();
        for (int i = 0; i < weights.size(); i++) {
            fitting.add(Ops.cast(gradients.get(i), weights.get(i).dtype()));
        }
        step(fitting, weights);
    }

    /** One step by gradients of the weights' types, of the loss that {@link #scaleLoss} gave. */
    void step(List<Tensor> gradients, List<Variable> weights) {
        OptionalDouble scale = options.lossScaleFactor();
        stepUnscaled(
                scale.isEmpty()
                        ? gradients
                        : gradients.stream()
                                .map(gradient -> Ops.divide(gradient, scale.getAsDouble()))
                                .toList(),
                weights);
    }

    /** As {@link #stepUnscaled}; what {@link #guards} names keeps its values unless the bool scalar is true. */
    final void stepUnscaled(List<Tensor> unscaled, List<Variable> weights, Tensor taken) {
        guard = Optional.of(taken);
        try {
            stepUnscaled(unscaled, weights);
        } finally {
            guard = Optional.empty();
        }
    }

    /** Of the variables that a step writes, those that it keeps by itself where it is not to be taken. */
    List<Variable> guards(List<Variable> weights) {
        return List.of();
    }

    /** Whether the present step is to be taken; none for one that is. */
    final Optional<Tensor> guard() {
        return guard;
    }

    final boolean averagesWeights() {
        return average.isPresent();
    }

    /** One step by the gradients of the loss itself. */
    final void stepUnscaled(List<Tensor> unscaled, List<Variable> weights) {
        if (accumulation.isPresent()) {
            accumulation.get().step(unscaled, weights, iterations, ownSlots, sums -> update(sums, weights));
        } else {
            update(unscaled, weights);
        }
        average.ifPresent(averages -> averages.update(weights, step()));
        for (Variable weight : weights) {
            weight.constraint().ifPresent(constraint -> weight.assign(constraint.apply(weight)));
        }
        iterations.assignAdd(Ops.constant(1, iterations.dtype()));
    }

    private void update(List<Tensor> gradients, List<Variable> weights) {
        Tensor rate = rate();
        List<Tensor> clipped = Clipping.apply(options, gradients);
        change(weights, clipped, rate);
    }

    /** Decays the weights and changes them by their gradients, which have been clipped. */
    void change(List<Variable> weights, List<Tensor> gradients, Tensor rate) {
        for (Variable weight : weights) {
            decayOf(weight).ifPresent(decay -> {
                Tensor share = Ops.multiply(Ops.multiply(weight, decay), Ops.cast(rate, weight.dtype()));
                weight.assign(Ops.subtract(weight, share));
            });
        }
        Update update = prepare(rate);
        for (int i = 0; i < weights.size(); i++) {
            update.apply(weights.get(i), gradients.get(i));
        }
    }

    /** By how much this weight decays, exceptions considered. */
    final OptionalDouble decayOf(Variable weight) {
        boolean excluded = undecayed
                .filter(pattern -> pattern.matcher(lastName(weight)).find())
                .isPresent();
        return excluded ? OptionalDouble.empty() : weightDecay(weight);
    }

    /** Keras's name of a weight: {@code kernel}. */
    static String lastName(Variable weight) {
        return weight.name().substring(weight.name().lastIndexOf('/') + 1);
    }

    private Tensor rate() {
        return learningRate
                .map(Tensor.class::cast)
                .orElseGet(() -> schedule().orElseThrow().apply(Ops.cast(iterations, DType.FLOAT32)));
    }

    /** The loss to take gradients of: the loss itself, unless a loss scale factor was chosen. */
    public final Tensor scaleLoss(Tensor loss) {
        return scaled(loss);
    }

    Tensor scaled(Tensor loss) {
        OptionalDouble factor = options.lossScaleFactor();
        return factor.isPresent() ? Ops.multiply(loss, factor.getAsDouble()) : loss;
    }

    /**
     * To be called at the end of a training: with {@link OptimizerOptions#useEma} replaces weights by their average.
     */
    public final void finish(List<Variable> weights) {
        wrapped().ifPresent(inner -> inner.finish(weights));
        average.ifPresent(averages -> averages.finish(weights));
    }

    /** The number of steps taken; waits for the device. */
    public final long iterations() {
        return wrapped()
                .map(Optimizer::iterations)
                .orElseGet(() -> iterations.toHost().getLong(0));
    }

    /** The schedule that the learning rate follows, if it follows one. */
    public final Optional<LearningRateSchedule> schedule() {
        return wrapped().map(Optimizer::schedule).orElse(options.schedule());
    }

    /** The rate of the next step; waits for the device. */
    public final double learningRate() {
        if (wrapped().isPresent()) {
            return wrapped().get().learningRate();
        }
        return Execution.eagerly(() -> {
            try (Scope _ = Scope.open()) {
                return rate().item();
            }
        });
    }

    /** Takes effect at the next step, compiled ones included. An optimizer with a schedule refuses. */
    public final void setLearningRate(double rate) {
        if (wrapped().isPresent()) {
            wrapped().get().setLearningRate(rate);
            return;
        }
        Variable variable = learningRate.orElseThrow(() -> new IllegalStateException("[" + name()
                + "] expected an optimizer whose learning rate is a number, to set it; this one follows a schedule. "
                + "Make it with a number."));
        variable.assign(scalar(rate));
    }

    /** Step count, learning rate unless it follows a schedule, then what was made for the weights, in Keras's order. */
    public final List<Variable> variables() {
        List<Variable> all = new ArrayList<>(state.variables());
        wrapped().ifPresent(inner -> all.addAll(inner.variables()));
        return List.copyOf(all);
    }

    /** Frees the state. Closing twice does nothing. */
    @Override
    public final void close() {
        variables().forEach(Variable::close);
    }

    /** The class and the config. */
    @Override
    public String toString() {
        return Described.of(this, name(), this::config);
    }

    /** Keras's entries of a subclass: the shared ones, then its own. */
    static Map<String, Object> with(Map<String, Object> shared, Object... pairs) {
        shared.putAll(Config.entries(pairs));
        return shared;
    }
}
