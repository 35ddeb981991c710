package dev.lamina.schedules;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/**
 * {@code (initialRate - endRate) * (1 - step / decaySteps)^power + endRate}, and {@code endRate} after
 * {@code decaySteps}.
 *
 * @param cycle whether, instead of ending, the decay starts anew over the next multiple of {@code decaySteps}
 */
public record PolynomialDecay(
        double initialRate, double decaySteps, double endRate, double power, boolean cycle, String name)
        implements LearningRateSchedule {
    /** In a straight line to 0.0001. */
    public PolynomialDecay(double initialRate, double decaySteps) {
        this(initialRate, decaySteps, 0.0001, 1, false);
    }

    public PolynomialDecay(double initialRate, double decaySteps, double endRate, double power, boolean cycle) {
        this(initialRate, decaySteps, endRate, power, cycle, "PolynomialDecay");
    }

    public PolynomialDecay {
        Schedules.checkSteps("polynomial_decay", decaySteps);
    }

    @Override
    public Tensor apply(Tensor step) {
        Tensor length = Schedules.scalar(decaySteps);
        Tensor reached = Ops.minimum(step, length);
        if (cycle) {
            reached = step;
            length = Ops.multiply(Ops.maximum(Ops.ceil(Ops.divide(step, length)), 1), length);
        }
        Tensor left = Ops.subtract(1, Ops.divide(reached, length));
        return Ops.add(Ops.multiply(Ops.power(left, Schedules.scalar(power)), initialRate - endRate), endRate);
    }

    @Override
    public Map<String, Object> config() {
        return Schedules.config(
                "PolynomialDecay",
                "initial_learning_rate",
                initialRate,
                "decay_steps",
                Schedules.steps(decaySteps),
                "end_learning_rate",
                endRate,
                "power",
                power,
                "cycle",
                cycle,
                "name",
                name);
    }

    static PolynomialDecay fromConfig(Config config) {
        return new PolynomialDecay(
                config.number("initial_learning_rate"),
                config.number("decay_steps"),
                config.number("end_learning_rate", 0.0001),
                config.number("power", 1),
                config.flag("cycle", false),
                config.text("name", "PolynomialDecay"));
    }
}
