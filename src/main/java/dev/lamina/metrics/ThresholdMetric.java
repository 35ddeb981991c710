package dev.lamina.metrics;

import dev.lamina.errors.ShapeException;
import dev.lamina.losses.SampleWeights;
import dev.lamina.runtime.Numerics;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the metrics that count positives at thresholds share: how targets, predictions and weights are brought together.
 */
public abstract class ThresholdMetric extends Metric {
    /** Where what is not among the k largest lies: below every threshold. */
    static final double LOWEST = -1e10;

    private final Thresholds thresholds;

    ThresholdMetric(MetricOptions options, Thresholds thresholds) {
        super(options);
        this.thresholds = thresholds;
    }

    final Thresholds thresholds() {
        return thresholds;
    }

    /** What is looked at of a batch. */
    record Selection(OptionalInt topK, OptionalInt classId) {
        static final Selection ALL = new Selection(OptionalInt.empty(), OptionalInt.empty());

        static Selection ofClass(OptionalInt classId) {
            return new Selection(OptionalInt.empty(), classId);
        }
    }

    /**
     * @param labelWeights one for each label, or nothing
     * @param byLabel whether labels are kept apart
     */
    final Confusion count(
            Pairs.Pair batch,
            Optional<Tensor> sampleWeight,
            Selection selection,
            List<Double> labelWeights,
            boolean byLabel) {
        Tensor target = Ops.cast(Ops.notEqual(batch.target(), 0), dtype());
        Tensor prediction = batch.prediction();
        if (selection.topK().isPresent()) {
            prediction = topK(prediction, selection.topK().getAsInt());
        }
        if (selection.classId().isPresent()) {
            int id = selection.classId().getAsInt();
            target = column(target, id);
            prediction = column(prediction, id);
        }
        Shape shape = prediction.shape();
        Tensor weights = sampleWeight
                .map(given -> Ops.broadcastTo(
                        SampleWeights.fit(name(), "sample weights", Ops.cast(given, dtype()), shape), shape))
                .orElseGet(() -> Ops.full(shape, 1, dtype()));
        if (!labelWeights.isEmpty()) {
            if (shape.rank() < 2 || shape.size(-1) != labelWeights.size()) {
                throw new ShapeException("[" + name() + "] expected predictions of " + labelWeights.size()
                        + " labels, as many as label weights; received " + shape + ".");
            }
            weights = Ops.multiply(weights, Numbers.vector(labelWeights, dtype()));
        }
        return Confusion.of(thresholds, target, prediction, weights, byLabel);
    }

    private Tensor topK(Tensor prediction, int k) {
        if (k < 1 || prediction.shape().rank() == 0 || k > prediction.shape().size(-1)) {
            throw new IllegalArgumentException("[" + name() + "] expected topK from 1 to the number of classes, for "
                    + "predictions " + prediction.shape() + "; received " + k + ".");
        }
        return Ops.where(Numerics.topK(prediction, k), prediction, LOWEST);
    }

    private Tensor column(Tensor x, int id) {
        Shape shape = x.shape();
        if (shape.rank() < 2 || id < 0 || id >= shape.size(-1)) {
            throw new ShapeException("[" + name() + "] expected predictions (batch, classes) with "
                    + "more than classId " + id + " classes; received " + shape + ".");
        }
        int[] starts = new int[shape.rank()];
        starts[shape.rank() - 1] = id;
        return Ops.slice(x, starts, shape.withSize(-1, 1).sizes());
    }

    /** A state of one number for each threshold. */
    final Variable addCounts(String stateName) {
        return addState(stateName, Shape.of(thresholds.count()));
    }

    /** The only number where there is one threshold, else all. */
    final Tensor perThreshold(Tensor values) {
        return thresholds.count() == 1 ? Ops.reshape(values) : Ops.add(values, 0);
    }
}
