package dev.lamina.schedules;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The first rate up to and at the first boundary, the second up to and at the second boundary, and so on; the last one
 * beyond the last boundary.
 */
public record PiecewiseConstantDecay(List<Double> boundaries, List<Double> rates, String name)
        implements LearningRateSchedule {
    /** @param rates one more than there are boundaries */
    public PiecewiseConstantDecay(double[] boundaries, double... rates) {
        this(
                Arrays.stream(boundaries).boxed().toList(),
                Arrays.stream(rates).boxed().toList(),
                "PiecewiseConstant");
    }

    public PiecewiseConstantDecay {
        boundaries = List.copyOf(boundaries);
        rates = List.copyOf(rates);
        if (boundaries.isEmpty() || rates.size() != boundaries.size() + 1) {
            throw new IllegalArgumentException(
                    "[piecewise_constant_decay] expected at least one boundary, and one rate more than boundaries; "
                            + "received boundaries " + boundaries + " and rates " + rates + ".");
        }
    }

    @Override
    public Tensor apply(Tensor step) {
        int last = boundaries.size();
        Tensor rate = Schedules.scalar(rates.get(last));
        for (int i = last - 1; i >= 0; i--) {
            Tensor reached = Ops.greater(step, Schedules.scalar(boundaries.get(i)));
            rate = Ops.where(reached, rate, Schedules.scalar(rates.get(i)));
        }
        return rate;
    }

    @Override
    public Map<String, Object> config() {
        return Schedules.config(
                "PiecewiseConstantDecay",
                "boundaries",
                boundaries.stream().map(Schedules::steps).toList(),
                "values",
                rates,
                "name",
                name);
    }

    static PiecewiseConstantDecay fromConfig(Config config) {
        return new PiecewiseConstantDecay(
                Arrays.stream(config.numbers("boundaries")).boxed().toList(),
                Arrays.stream(config.numbers("values")).boxed().toList(),
                config.text("name", "PiecewiseConstant"));
    }
}
