package dev.lamina.schedules;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/**
 * {@code initialRate * decayRate^(step / decaySteps)}.
 *
 * @param staircase whether the quotient is rounded down, so that the rate falls once every {@code decaySteps}
 */
public record ExponentialDecay(double initialRate, double decaySteps, double decayRate, boolean staircase, String name)
        implements LearningRateSchedule {
    public ExponentialDecay(double initialRate, double decaySteps, double decayRate) {
        this(initialRate, decaySteps, decayRate, false);
    }

    public ExponentialDecay(double initialRate, double decaySteps, double decayRate, boolean staircase) {
        this(initialRate, decaySteps, decayRate, staircase, "ExponentialDecay");
    }

    public ExponentialDecay {
        Schedules.checkSteps("exponential_decay", decaySteps);
    }

    @Override
    public Tensor apply(Tensor step) {
        Tensor exponent = Ops.divide(step, decaySteps);
        Tensor factor = Ops.power(Schedules.scalar(decayRate), staircase ? Ops.floor(exponent) : exponent);
        return Ops.multiply(factor, initialRate);
    }

    @Override
    public Map<String, Object> config() {
        return Schedules.config(
                "ExponentialDecay",
                "initial_learning_rate",
                initialRate,
                "decay_steps",
                Schedules.steps(decaySteps),
                "decay_rate",
                decayRate,
                "staircase",
                staircase,
                "name",
                name);
    }

    static ExponentialDecay fromConfig(Config config) {
        return new ExponentialDecay(
                config.number("initial_learning_rate"),
                config.number("decay_steps"),
                config.number("decay_rate"),
                config.flag("staircase", false),
                config.text("name", "ExponentialDecay"));
    }
}
