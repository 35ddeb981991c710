package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.losses.Loss;
import dev.lamina.losses.Losses;
import dev.lamina.losses.SampleWeights;
import dev.lamina.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A loss as a metric: the weighted mean of what it gives for each sample, whatever its reduction. */
public final class LossMetric extends MeanMetric {
    /** What Keras has as a metric under the same name. */
    private static final Set<String> KNOWN = Set.of(
            "MeanSquaredError",
            "MeanAbsoluteError",
            "MeanAbsolutePercentageError",
            "MeanSquaredLogarithmicError",
            "Hinge",
            "SquaredHinge",
            "CategoricalHinge",
            "KLDivergence",
            "Poisson",
            "BinaryCrossentropy",
            "CategoricalCrossentropy",
            "SparseCategoricalCrossentropy");

    private final Loss loss;

    public LossMetric(Loss loss) {
        this(loss, MetricOptions.DEFAULT);
    }

    public LossMetric(Loss loss, MetricOptions options) {
        super(options.withDefaultName(loss.name()));
        this.loss = loss;
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        return loss.elements(target, prediction).values();
    }

    @Override
    protected void accumulate(Tensor target, Tensor prediction, Optional<Tensor> sampleWeight) {
        Loss.Elements elements = loss.elements(target, prediction);
        // As in Keras an ignored class counts as a loss of 0 unless there are weights to set to 0.
        Optional<Tensor> weights = sampleWeight.isPresent()
                ? SampleWeights.merge(name(), sampleWeight, elements.mask(), false, dtype())
                : sampleWeight;
        accumulateValues(elements.values(), weights);
    }

    @Override
    String className() {
        String name = loss.getClass().getSimpleName();
        if (name.equals("LogCosh")) {
            return "LogCoshError";
        }
        if (!KNOWN.contains(name)) {
            throw new IllegalStateException("[" + name() + "] expected a metric that has a name in files; received the "
                    + "loss " + name + ". Write a metric class of your own, and register it with Metrics.register.");
        }
        return name;
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = new LinkedHashMap<>(loss.config());
        config.remove("reduction");
        config.putAll(super.config());
        if (loss instanceof dev.lamina.losses.BinaryCrossentropy) {
            // Keras's metric averages over the last axis only.
            config.remove("axis");
        }
        if (loss instanceof dev.lamina.losses.SparseCategoricalCrossentropy) {
            config.putIfAbsent("axis", -1);
        }
        return config;
    }

    /** A loss's class with the entries of a metric's config. */
    static LossMetric read(String lossName, Config config, String... keys) {
        Map<String, Object> entries = new LinkedHashMap<>();
        for (String key : keys) {
            config.get(key).ifPresent(value -> entries.put(key, value));
        }
        Loss loss = Losses.deserialize(Config.entries("class_name", lossName, "config", entries));
        return new LossMetric(loss, MetricOptions.fromConfig(config));
    }
}
