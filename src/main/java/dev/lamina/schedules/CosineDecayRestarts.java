package dev.lamina.schedules;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/**
 * {@link CosineDecay} over and over again (SGDR; Loshchilov and Hutter, 2017): each round lasts {@code periodFactor}
 * times as long as the one before and starts at {@code rateFactor} times its rate.
 */
public record CosineDecayRestarts(
        double initialRate, double firstDecaySteps, double periodFactor, double rateFactor, double alpha, String name)
        implements LearningRateSchedule {
    /** Each round twice as long as the one before and of the same height. */
    public CosineDecayRestarts(double initialRate, double firstDecaySteps) {
        this(initialRate, firstDecaySteps, 2, 1, 0);
    }

    public CosineDecayRestarts(
            double initialRate, double firstDecaySteps, double periodFactor, double rateFactor, double alpha) {
        this(initialRate, firstDecaySteps, periodFactor, rateFactor, alpha, "SGDRDecay");
    }

    public CosineDecayRestarts {
        Schedules.checkSteps("cosine_decay_restarts", firstDecaySteps);
    }

    @Override
    public Tensor apply(Tensor step) {
        Tensor elapsed = Ops.divide(step, firstDecaySteps);
        Tensor round;
        Tensor completed;
        if (periodFactor == 1) {
            round = Ops.floor(elapsed);
            completed = Ops.subtract(elapsed, round);
        } else {
            // Round i starts after 1 + t + ... + t^(i-1) = (1 - t^i) / (1 - t) first periods and lasts t^i of them.
            Tensor t = Schedules.scalar(periodFactor);
            Tensor growth = Ops.subtract(1, Ops.multiply(elapsed, 1 - periodFactor));
            round = Ops.floor(Ops.divide(Ops.log(growth), Ops.log(t)));
            Tensor length = Ops.power(t, round);
            Tensor start = Ops.divide(Ops.subtract(1, length), 1 - periodFactor);
            completed = Ops.divide(Ops.subtract(elapsed, start), length);
        }
        Tensor height = Ops.multiply(Ops.power(Schedules.scalar(rateFactor), round), 0.5);
        Tensor cosine = Ops.multiply(Ops.add(Ops.cos(Ops.multiply(completed, Math.PI)), 1), height);
        return Ops.multiply(Ops.add(Ops.multiply(cosine, 1 - alpha), alpha), initialRate);
    }

    @Override
    public Map<String, Object> config() {
        return Schedules.config(
                "CosineDecayRestarts",
                "initial_learning_rate",
                initialRate,
                "first_decay_steps",
                Schedules.steps(firstDecaySteps),
                "t_mul",
                periodFactor,
                "m_mul",
                rateFactor,
                "alpha",
                alpha,
                "name",
                name);
    }

    static CosineDecayRestarts fromConfig(Config config) {
        return new CosineDecayRestarts(
                config.number("initial_learning_rate"),
                config.number("first_decay_steps"),
                config.number("t_mul", 2),
                config.number("m_mul", 1),
                config.number("alpha", 0),
                config.text("name", "SGDRDecay"));
    }
}
