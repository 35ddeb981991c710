package dev.lamina.schedules;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/**
 * {@code initialRate / (1 + decayRate * step / decaySteps)}.
 *
 * @param staircase whether the quotient is rounded down, so that the rate falls once every {@code decaySteps}
 */
public record InverseTimeDecay(double initialRate, double decaySteps, double decayRate, boolean staircase, String name)
        implements LearningRateSchedule {
    public InverseTimeDecay(double initialRate, double decaySteps, double decayRate) {
        this(initialRate, decaySteps, decayRate, false);
    }

    public InverseTimeDecay(double initialRate, double decaySteps, double decayRate, boolean staircase) {
        this(initialRate, decaySteps, decayRate, staircase, "InverseTimeDecay");
    }

    public InverseTimeDecay {
        Schedules.checkSteps("inverse_time_decay", decaySteps);
    }

    @Override
    public Tensor apply(Tensor step) {
        Tensor exact = Ops.divide(step, decaySteps);
        Tensor elapsed = staircase ? Ops.floor(exact) : exact;
        return Ops.divide(initialRate, Ops.add(Ops.multiply(elapsed, decayRate), 1));
    }

    @Override
    public Map<String, Object> config() {
        return Schedules.config(
                "InverseTimeDecay",
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

    static InverseTimeDecay fromConfig(Config config) {
        return new InverseTimeDecay(
                config.number("initial_learning_rate"),
                config.number("decay_steps"),
                config.number("decay_rate"),
                config.flag("staircase", false),
                config.text("name", "InverseTimeDecay"));
    }
}
