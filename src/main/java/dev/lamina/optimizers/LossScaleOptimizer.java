package dev.lamina.optimizers;

import dev.lamina.config.Config;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.ops.ReductionOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps small gradients from vanishing in float16 (Micikevicius et al., 2018): the loss is multiplied by a scale before
 * gradients are taken, and the gradients are divided by it in float32 before another optimizer takes its step. The
 * scale finds itself: when a gradient is infinite or NaN, the step is skipped, which leaves weights, slots and step
 * count as they are, and the scale is halved; after {@code dynamicGrowthSteps} finite steps in a row it is doubled. All
 * of it happens on the device.
 *
 * <p>A model of policy {@code mixed_float16} wraps the optimizer that it is compiled with by itself
 * ({@code CompileOptions.autoScaleLoss}); bfloat16, which has float32's range, needs none.
 *
 * <pre>{@code
 * Optimizer optimizer = new LossScaleOptimizer(new Adam(1e-3), 0x1p12, 500);
 * }</pre>
 */
public final class LossScaleOptimizer extends Optimizer {
    private static final String NAME = "loss_scale_optimizer";
    private static final double INITIAL_SCALE = 0x1p15;
    private static final int GROWTH_STEPS = 2000;

    private final Optimizer inner;
    private final double initialScale;
    private final int dynamicGrowthSteps;
    private final Variable stepCounter;
    private final Variable dynamicScale;

    /** Begins at a scale of 32768, doubled after 2000 finite steps. */
    public LossScaleOptimizer(Optimizer inner) {
        this(inner, INITIAL_SCALE, GROWTH_STEPS);
    }

    /**
     * @param inner takes the steps; a loss scale factor of its own is not used
     * @param initialScale rather too large than too small: it falls at once, and rises slowly
     * @param dynamicGrowthSteps after how many finite steps in a row the scale is doubled
     */
    public LossScaleOptimizer(Optimizer inner, double initialScale, int dynamicGrowthSteps) {
        this(NAME, inner, initialScale, dynamicGrowthSteps);
    }

    private LossScaleOptimizer(String name, Optimizer inner, double initialScale, int dynamicGrowthSteps) {
        super(OptimizerOptions.of(name, 0));
        if (inner instanceof LossScaleOptimizer) {
            throw new IllegalArgumentException(
                    "[" + name + "] expected an optimizer that doesn't scale the loss already; received another "
                            + "LossScaleOptimizer.");
        }
        if (!(initialScale > 0 && initialScale < Float.MAX_VALUE)) {
            throw new IllegalArgumentException(
                    "[" + name + "] expected a positive initialScale; received " + initialScale + ".");
        }
        if (dynamicGrowthSteps < 1) {
            throw new IllegalArgumentException(
                    "[" + name + "] expected dynamicGrowthSteps of at least 1; received " + dynamicGrowthSteps + ".");
        }
        this.inner = inner;
        this.initialScale = initialScale;
        this.dynamicGrowthSteps = dynamicGrowthSteps;
        stepCounter = addVariable(name + "/step_counter", HostArray.zeros(Shape.scalar(), DType.INT32));
        dynamicScale = addVariable(
                name + "/dynamic_scale",
                HostArray.zeros(Shape.scalar(), DType.FLOAT32).fill(i -> initialScale));
    }

    /** The optimizer that takes the steps. */
    public Optimizer inner() {
        return inner;
    }

    /** What the loss is multiplied by at present; waits for the device. */
    public double scale() {
        return dynamicScale.toHost().getDouble(0);
    }

    public double initialScale() {
        return initialScale;
    }

    public int dynamicGrowthSteps() {
        return dynamicGrowthSteps;
    }

    @Override
    Optional<Optimizer> wrapped() {
        return Optional.of(inner);
    }

    @Override
    Tensor scaled(Tensor loss) {
        return Ops.multiply(loss, Ops.cast(dynamicScale, loss.dtype()));
    }

    @Override
    protected void createSlots(List<Variable> weights) {
        inner.build(weights);
    }

    @Override
    protected Update prepare(Tensor rate) {
        throw new IllegalStateException("[" + name() + "] expected its inner optimizer to change the weights.");
    }

    @Override
    void step(List<Tensor> gradients, List<Variable> weights) {
        Tensor finite = areFinite(gradients);
        List<Tensor> unscaled = gradients.stream()
                .map(gradient -> Ops.divide(gradient, Ops.cast(dynamicScale, gradient.dtype())))
                .toList();
        // The same ops run at every step, so that a compiled step never branches: a step that is skipped is put back.
        List<Variable> guarded = new ArrayList<>(weights);
        guarded.addAll(inner.variables());
        guarded.removeAll(inner.guards(weights));
        List<Tensor> before = guarded.stream()
                .map(variable -> Ops.apply(UnaryOp.IDENTITY, variable))
                .toList();
        inner.stepUnscaled(unscaled, weights, finite);
        for (int i = 0; i < guarded.size(); i++) {
            Variable variable = guarded.get(i);
            variable.assign(Ops.where(finite, variable, before.get(i)));
        }
        moveScale(finite);
    }

    private static Tensor areFinite(List<Tensor> gradients) {
        return gradients.stream()
                .map(gradient -> Ops.reduce(ReductionOp.Kind.MIN, Ops.apply(UnaryOp.IS_FINITE, gradient), false))
                .reduce(Ops::logicalAnd)
                .orElseThrow();
    }

    private void moveScale(Tensor finite) {
        Tensor count = Ops.add(stepCounter, 1);
        Tensor due = Ops.equal(count, Ops.constant(dynamicGrowthSteps, count.dtype()));
        Tensor counts = Ops.logicalAnd(finite, Ops.logicalNot(due));
        Tensor grown = Ops.where(due, Ops.multiply(dynamicScale, 2), dynamicScale);
        Tensor scale = Ops.where(finite, grown, Ops.divide(dynamicScale, 2));
        stepCounter.assign(Ops.where(counts, count, Ops.constant(0, count.dtype())));
        dynamicScale.assign(scale);
    }

    /** Keras's entries: of the shared ones only the name. */
    @Override
    public Map<String, Object> config() {
        return Config.entries(
                "name",
                name(),
                "inner_optimizer",
                Optimizers.serialize(inner),
                "initial_scale",
                initialScale,
                "dynamic_growth_steps",
                dynamicGrowthSteps);
    }

    /** Files of older versions also say the shared options, which must be those that change nothing. */
    static LossScaleOptimizer fromConfig(Config config) {
        for (String unused : List.of(
                "weight_decay",
                "clipnorm",
                "global_clipnorm",
                "clipvalue",
                "ema_overwrite_frequency",
                "loss_scale_factor",
                "gradient_accumulation_steps")) {
            if (config.has(unused)) {
                throw unsupported(config, unused);
            }
        }
        if (config.flag("use_ema", false)) {
            throw unsupported(config, "use_ema");
        }
        if (!config.flag("dynamic", true)) {
            throw new ModelFormatException(
                    "[config] expected a LossScaleOptimizer with \"dynamic\" true; received false. "
                            + "Set the \"loss_scale_factor\" of the inner optimizer instead.");
        }
        config.ignore("ema_momentum", "learning_rate");
        return new LossScaleOptimizer(
                config.text("name", NAME),
                Optimizers.deserialize(config.map("inner_optimizer")),
                config.number("initial_scale", INITIAL_SCALE),
                config.integer("dynamic_growth_steps", GROWTH_STEPS));
    }

    private static ModelFormatException unsupported(Config config, String key) {
        return new ModelFormatException("[config] expected \"" + key + "\" of a LossScaleOptimizer to be that of its "
                + "inner optimizer; received " + Config.shown(config.get(key).orElse("nothing")) + " for itself.");
    }
}
