package dev.lamina.metrics;

import dev.lamina.errors.ShapeException;
import dev.lamina.losses.SampleWeights;
import dev.lamina.ops.ReductionOp;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** What F1Score and FBetaScore share. */
public abstract class FBeta extends Metric {
    private record State(Variable tp, Variable fp, Variable fn, Variable weights) {}

    private final Average average;
    private final double beta;
    private final OptionalDouble threshold;
    private @Nullable State state;

    FBeta(MetricOptions options, Average average, double beta, OptionalDouble threshold) {
        super(options);
        if (!(beta > 0)) {
            throw new IllegalArgumentException("[" + name() + "] expected beta above 0; received " + beta + ".");
        }
        if (threshold.isPresent() && !(threshold.getAsDouble() > 0 && threshold.getAsDouble() <= 1)) {
            throw new IllegalArgumentException("[" + name() + "] expected a threshold above 0 and at most 1; received "
                    + threshold.getAsDouble() + ".");
        }
        this.average = average;
        this.beta = beta;
        this.threshold = threshold;
    }

    final double betaValue() {
        return beta;
    }

    @Override
    protected final void accumulate(Tensor target, Tensor prediction, Optional<Tensor> sampleWeight) {
        Shape shape = prediction.shape();
        if (shape.rank() != 2 || !target.shape().isCompatibleWith(shape)) {
            throw new ShapeException("[" + name() + "] expected targets and predictions of shape (batch, classes); "
                    + "received " + target.shape() + " and " + shape + ".");
        }
        State sums = state(average == Average.MICRO ? Shape.scalar() : Shape.of(shape.size(1)));
        Tensor t = Ops.cast(target, dtype());
        Tensor p = Ops.cast(positive(Ops.cast(prediction, dtype())), dtype());
        sums.tp.assignAdd(sum(Ops.multiply(p, t), sampleWeight));
        sums.fp.assignAdd(sum(Ops.multiply(p, Ops.subtract(1, t)), sampleWeight));
        sums.fn.assignAdd(sum(Ops.multiply(Ops.subtract(1, p), t), sampleWeight));
        sums.weights.assignAdd(sum(t, sampleWeight));
    }

    /** Above the threshold, or the largest of a row unless it is 0. */
    private Tensor positive(Tensor prediction) {
        if (threshold.isPresent()) {
            return Ops.greater(prediction, threshold.getAsDouble());
        }
        Tensor largest = Ops.reduce(ReductionOp.Kind.MAX, prediction, true, -1);
        Tensor notZero = Ops.greater(Ops.abs(prediction), 1e-9);
        return Ops.logicalAnd(Ops.greaterEqual(prediction, largest), notZero);
    }

    private Tensor sum(Tensor values, Optional<Tensor> sampleWeight) {
        Tensor weighted = sampleWeight
                .map(given -> Ops.multiply(
                        values, SampleWeights.fit(name(), "sample weights", Ops.cast(given, dtype()), values.shape())))
                .orElse(values);
        return average == Average.MICRO ? Ops.sum(weighted) : Ops.sum(weighted, 0);
    }

    private State state(Shape shape) {
        State current = state;
        if (current == null) {
            current = new State(
                    addState("true_positives", shape),
                    addState("false_positives", shape),
                    addState("false_negatives", shape),
                    addState("intermediate_weights", shape));
            state = current;
        }
        return current;
    }

    @Override
    public final Tensor result() {
        State sums = state;
        if (sums == null) {
            throw new IllegalStateException(
                    "[" + name() + "] expected a batch before the result; received none yet. " + "Call update first.");
        }
        Tensor precision = ratio(sums.tp, Ops.add(sums.tp, sums.fp));
        Tensor recall = ratio(sums.tp, Ops.add(sums.tp, sums.fn));
        Tensor mean = ratio(Ops.multiply(precision, recall), Ops.add(Ops.multiply(precision, beta * beta), recall));
        Tensor score = Ops.multiply(mean, 1 + beta * beta);
        return switch (average) {
            case NONE -> score;
            case MICRO, MACRO -> Ops.mean(score);
            case WEIGHTED -> Ops.sum(Ops.multiply(score, ratio(sums.weights, Ops.sum(sums.weights))));
        };
    }

    private static Tensor ratio(Tensor a, Tensor b) {
        return Ops.divide(a, Ops.add(b, 1e-7));
    }

    @Override
    public Map<String, Object> config() {
        return configWith(
                "average",
                average == Average.NONE ? Optional.empty() : average.name().toLowerCase(Locale.ROOT),
                "threshold",
                threshold.isPresent() ? threshold.getAsDouble() : Optional.empty());
    }
}
