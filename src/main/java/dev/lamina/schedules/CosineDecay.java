package dev.lamina.schedules;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/**
 * Half a cosine from the initial rate down to {@code alpha} times of it (Loshchilov and Hutter, 2017):
 * {@code initialRate * ((1 - alpha) * (1 + cos(pi * step / decaySteps)) / 2 + alpha)}, and the last value after
 * {@code decaySteps}. With a warm-up the rate first goes in a straight line from the initial rate to the warm-up's
 * target, from which the decay then starts.
 */
public record CosineDecay(double initialRate, double decaySteps, double alpha, Optional<WarmUp> warmUp, String name)
        implements LearningRateSchedule {
    /**
     * A straight line to a rate before the decay.
     *
     * @param target the rate it ends at
     * @param steps how many steps it takes; with 0 the decay starts at the target
     */
    public record WarmUp(double target, double steps) {}

    /** Down to 0, without a warm-up. */
    public CosineDecay(double initialRate, double decaySteps) {
        this(initialRate, decaySteps, 0);
    }

    public CosineDecay(double initialRate, double decaySteps, double alpha) {
        this(initialRate, decaySteps, alpha, Optional.empty(), "CosineDecay");
    }

    public CosineDecay {
        Schedules.checkSteps("cosine_decay", decaySteps);
    }

    /** The same after a warm-up. */
    public CosineDecay warmUp(double target, double steps) {
        return new CosineDecay(initialRate, decaySteps, alpha, Optional.of(new WarmUp(target, steps)), name);
    }

    @Override
    public Tensor apply(Tensor step) {
        if (warmUp.isEmpty()) {
            return decay(step, initialRate);
        }
        WarmUp before = warmUp.get();
        Tensor decayed = decay(Ops.subtract(step, before.steps()), before.target());
        if (before.steps() == 0) {
            return decayed;
        }
        Tensor rising =
                Ops.add(Ops.multiply(Ops.divide(step, before.steps()), before.target() - initialRate), initialRate);
        return Ops.where(Ops.less(step, Schedules.scalar(before.steps())), rising, decayed);
    }

    private Tensor decay(Tensor step, double from) {
        Tensor completed = Ops.divide(Ops.minimum(step, decaySteps), decaySteps);
        Tensor cosine = Ops.multiply(Ops.add(Ops.cos(Ops.multiply(completed, Math.PI)), 1), 0.5);
        return Ops.multiply(Ops.add(Ops.multiply(cosine, 1 - alpha), alpha), from);
    }

    @Override
    public Map<String, Object> config() {
        return Schedules.config(
                "CosineDecay",
                "initial_learning_rate",
                initialRate,
                "decay_steps",
                Schedules.steps(decaySteps),
                "alpha",
                alpha,
                "name",
                name,
                "warmup_target",
                warmUp.map(WarmUp::target),
                "warmup_steps",
                Schedules.steps(warmUp.map(WarmUp::steps).orElse(0.0)));
    }

    static CosineDecay fromConfig(Config config) {
        // Without a target Keras passes over the steps of a warm-up.
        double steps = config.number("warmup_steps", 0);
        Optional<WarmUp> warmUp = config.has("warmup_target")
                ? Optional.of(new WarmUp(config.number("warmup_target"), steps))
                : Optional.empty();
        return new CosineDecay(
                config.number("initial_learning_rate"),
                config.number("decay_steps"),
                config.number("alpha", 0),
                warmUp,
                config.text("name", "CosineDecay"));
    }
}
