package dev.lamina.metrics;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** The best of one rate over the thresholds where another one is at least a given value; 0 where that is nowhere. */
public abstract class AtConstraint extends ThresholdMetric {
    private final String argument;
    private final double value;
    private final int numThresholds;
    private final OptionalInt classId;
    private final Variable truePositives;
    private final Variable falsePositives;
    private final Variable trueNegatives;
    private final Variable falseNegatives;

    /** @param argument Keras's name of the given rate */
    AtConstraint(MetricOptions options, String argument, double value, int numThresholds, OptionalInt classId) {
        super(options, Thresholds.spread(options.name(), numThresholds));
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(
                    "[" + name() + "] expected a " + argument + " from 0 to 1; received " + value + ".");
        }
        this.argument = argument;
        this.value = value;
        this.numThresholds = numThresholds;
        this.classId = classId;
        truePositives = addCounts("true_positives");
        falsePositives = addCounts("false_positives");
        trueNegatives = addCounts("true_negatives");
        falseNegatives = addCounts("false_negatives");
    }

    @Override
    protected final void accumulate(Tensor target, Tensor prediction, Optional<Tensor> sampleWeight) {
        Pairs.Pair batch = Pairs.of(this, target, prediction);
        Confusion counts = count(batch, sampleWeight, Selection.ofClass(classId), List.of(), false);
        truePositives.assignAdd(counts.truePositives());
        falsePositives.assignAdd(counts.falsePositives());
        trueNegatives.assignAdd(counts.trueNegatives());
        falseNegatives.assignAdd(counts.falseNegatives());
    }

    /** {@code tp / (tp + fn)}: sensitivity, or recall. */
    final Tensor recall() {
        return Rates.of(truePositives, falseNegatives);
    }

    /** {@code tn / (tn + fp)}. */
    final Tensor specificity() {
        return Rates.of(trueNegatives, falsePositives);
    }

    /** {@code tp / (tp + fp)}. */
    final Tensor precision() {
        return Rates.of(truePositives, falsePositives);
    }

    final Tensor best(Tensor constrained, Tensor dependent) {
        Tensor feasible = Ops.greaterEqual(constrained, value);
        return Ops.max(Ops.where(feasible, dependent, 0));
    }

    @Override
    public final Map<String, Object> config() {
        return configWith("num_thresholds", numThresholds, argument, value, "class_id", Rates.boxed(classId));
    }
}
