package dev.lamina.metrics;

import dev.lamina.config.Config;
import dev.lamina.errors.ShapeException;
import dev.lamina.losses.SampleWeights;
import dev.lamina.ops.UnaryOp;
import dev.lamina.runtime.Numerics;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How much of the targets' variance is predicted, {@code 1 - sum (t - p)^2 / sum (t - mean t)^2}, of each column of
 * {@code (batch, columns)}; then averaged over the columns, or weighted by their variances, or not. With regressors it
 * is adjusted: {@code 1 - (1 - r2)(n - 1) / (n - regressors - 1)}, where n, the number of elements, is large enough.
 */
public final class R2Score extends Metric {
    /** What is made of the columns' scores. */
    public enum ClassAggregation {
        NONE,
        UNIFORM_AVERAGE,
        VARIANCE_WEIGHTED_AVERAGE
    }

    private record State(Variable squaredSum, Variable sum, Variable residual, Variable count) {}

    private final ClassAggregation classAggregation;
    private final int numRegressors;
    private final Variable numSamples;
    private @Nullable State state;

    /** The mean over the columns, not adjusted. */
    public R2Score() {
        this(ClassAggregation.UNIFORM_AVERAGE, 0, MetricOptions.DEFAULT);
    }

    /** @param numRegressors how many independent variables the model has; 0 for no adjustment */
    public R2Score(ClassAggregation classAggregation, int numRegressors, MetricOptions options) {
        super(options.withDefaultName("r2_score"));
        if (numRegressors < 0) {
            throw new IllegalArgumentException(
                    "[" + name() + "] expected at least 0 regressors; received " + numRegressors + ".");
        }
        this.classAggregation = classAggregation;
        this.numRegressors = numRegressors;
        numSamples = addState("num_samples", Shape.scalar());
    }

    @Override
    protected void accumulate(Tensor target, Tensor prediction, Optional<Tensor> sampleWeight) {
        Pairs.Pair pair = Pairs.of(this, target, prediction);
        Tensor t = pair.target();
        Shape shape = t.shape();
        if (shape.rank() != 2) {
            throw new ShapeException("[" + name() + "] expected targets and predictions of shape (batch, columns); "
                    + "received " + target.shape() + " and " + prediction.shape() + ".");
        }
        State sums = state(shape.size(1));
        Tensor weights = sampleWeight
                .map(given -> Ops.broadcastTo(
                        SampleWeights.fit(name(), "sample weights", Ops.cast(given, dtype()), shape), shape))
                .orElseGet(() -> Ops.full(shape, 1, dtype()));
        Tensor weighted = Ops.multiply(t, weights);
        Tensor error = Ops.square(Ops.subtract(t, pair.prediction()));
        sums.sum.assignAdd(Ops.sum(weighted, 0));
        sums.squaredSum.assignAdd(Ops.sum(Ops.multiply(t, weighted), 0));
        sums.residual.assignAdd(Ops.sum(Ops.multiply(error, weights), 0));
        sums.count.assignAdd(Ops.sum(weights, 0));
        numSamples.assignAdd(Ops.constant((double) shape.elements(), dtype()));
    }

    private State state(int columns) {
        State current = state;
        if (current == null) {
            Shape shape = Shape.of(columns);
            current = new State(
                    addState("squared_sum", shape),
                    addState("sum", shape),
                    addState("residual", shape),
                    addState("count", shape));
            state = current;
        }
        return current;
    }

    @Override
    public Tensor result() {
        State sums = state;
        if (sums == null) {
            throw new IllegalStateException(
                    "[" + name() + "] expected a batch before the result; received none yet. " + "Call update first.");
        }
        Tensor mean = Ops.divide(sums.sum, sums.count);
        Tensor total = Ops.subtract(sums.squaredSum, Ops.multiply(sums.sum, mean));
        Tensor raw = Ops.subtract(1, Ops.divide(sums.residual, total));
        // An infinite score, of constant targets, counts as 0; a NaN stays.
        Tensor known = Ops.logicalOr(Ops.apply(UnaryOp.IS_FINITE, raw), Ops.apply(UnaryOp.IS_NAN, raw));
        Tensor scores = Ops.where(known, raw, 0);
        Tensor score = switch (classAggregation) {
            case NONE -> scores;
            case UNIFORM_AVERAGE -> Ops.mean(scores);
            case VARIANCE_WEIGHTED_AVERAGE -> Ops.divide(Ops.sum(Ops.multiply(total, scores)), Ops.sum(total));
        };
        return numRegressors == 0 ? score : adjusted(score);
    }

    private Tensor adjusted(Tensor score) {
        Tensor others = Ops.subtract(numSamples, 1);
        Tensor freedom = Ops.subtract(others, numRegressors);
        Tensor enough = Ops.greater(freedom, 0);
        Tensor part = Numerics.divideNoNan(Ops.multiply(Ops.subtract(1, score), others), freedom);
        return Ops.where(enough, Ops.subtract(1, part), score);
    }

    @Override
    public Map<String, Object> config() {
        Object aggregation = classAggregation == ClassAggregation.NONE
                ? Optional.empty()
                : classAggregation.name().toLowerCase(Locale.ROOT);
        return configWith("class_aggregation", aggregation, "num_regressors", numRegressors);
    }

    static R2Score fromConfig(Config config) {
        String name = config.text("class_aggregation", config.isNull("class_aggregation") ? "none" : "uniform_average");
        ClassAggregation aggregation = Choices.of(ClassAggregation.class, "r2_score", "class_aggregation", name);
        return new R2Score(aggregation, config.integer("num_regressors", 0), MetricOptions.fromConfig(config));
    }
}
