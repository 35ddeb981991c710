package dev.lamina.models;

import dev.lamina.callbacks.Callback;
import dev.lamina.tensor.HostArray;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * How evaluate and predict go about it; Keras's names and defaults. They start from {@link #batchSize(int)} or, with
 * all defaults, from {@link #DEFAULT}: {@code EvaluateOptions.DEFAULT.steps(10)}.
 *
 * @param batchSize samples a step
 * @param steps only so many batches; all without it
 * @param sampleWeights as {@link FitOptions#sampleWeights}; of no use to predict
 */
public record EvaluateOptions(
        int batchSize, OptionalInt steps, List<HostArray> sampleWeights, List<Callback> callbacks) {

    /** Batches of 32. */
    public static final EvaluateOptions DEFAULT = new EvaluateOptions(32, OptionalInt.empty(), List.of(), List.of());

    public EvaluateOptions {
        sampleWeights = List.copyOf(sampleWeights);
        callbacks = List.copyOf(callbacks);
    }

    public static EvaluateOptions batchSize(int n) {
        return new EvaluateOptions(n, OptionalInt.empty(), List.of(), List.of());
    }

    public EvaluateOptions steps(int n) {
        if (n < 1) {
            throw new IllegalArgumentException("[evaluate] expected steps of at least 1; received " + n + ".");
        }
        return new EvaluateOptions(batchSize, OptionalInt.of(n), sampleWeights, callbacks);
    }

    public EvaluateOptions sampleWeights(HostArray... weights) {
        return new EvaluateOptions(batchSize, steps, List.of(weights), callbacks);
    }

    public EvaluateOptions callback(Callback callback) {
        return callbacks(callback);
    }

    /** Adds callbacks, in this order, to those that were added before. */
    public EvaluateOptions callbacks(Callback... added) {
        List<Callback> more = new ArrayList<>(callbacks);
        more.addAll(List.of(added));
        return new EvaluateOptions(batchSize, steps, sampleWeights, more);
    }
}
