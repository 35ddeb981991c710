package dev.lamina.models;

import dev.lamina.errors.ShapeException;
import dev.lamina.losses.Loss;
import dev.lamina.metrics.Mean;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The losses given to compile, assigned to the outputs once their number is known, and the epoch's mean of each where
 * there are several.
 */
final class CompiledLosses implements AutoCloseable {
    /** One output's loss. */
    private record Entry(int output, Loss loss, Optional<Double> weight) {}

    private final Model model;
    private final CompileOptions options;
    private List<Entry> entries = List.of();
    private final Map<String, Mean> trackers = new LinkedHashMap<>();
    private int outputs = -1;

    CompiledLosses(Model model, CompileOptions options) {
        this.model = model;
        this.options = options;
    }

    boolean isEmpty() {
        return options.losses().isEmpty();
    }

    /** Assigns the losses; again for another number of outputs. */
    void build(int newOutputs) {
        if (outputs == newOutputs || isEmpty()) {
            return;
        }
        close();
        List<String> names = model.outputNames();
        List<Optional<Loss>> losses = options.losses().resolve("a loss", newOutputs, names);
        List<Optional<Double>> weights = options.lossWeights().resolve("a loss weight", newOutputs, names);
        entries = new ArrayList<>();
        for (int i = 0; i < newOutputs; i++) {
            if (losses.get(i).isPresent()) {
                entries.add(new Entry(i, losses.get(i).get(), weights.get(i)));
            } else if (weights.get(i).isPresent()) {
                throw new IllegalArgumentException(
                        "[compile] expected a loss for output " + i + ", which has a loss weight; received none.");
            }
        }
        if (entries.size() > 1) {
            for (Entry entry : entries) {
                String base = names.size() == newOutputs
                        ? names.get(entry.output())
                        : entry.loss().name();
                String name = base + "_loss";
                for (int n = 1; trackers.containsKey(name); n++) {
                    name = base + "_" + n + "_loss";
                }
                trackers.put(name, new Mean(name));
            }
        }
        outputs = newOutputs;
    }

    /** The sum of the weighted losses; none if compile gave none. */
    Optional<Tensor> apply(Batch batch, List<Tensor> predictions) {
        if (isEmpty()) {
            return Optional.empty();
        }
        build(predictions.size());
        int[] targets = targets(batch.y().size(), predictions.size());
        List<Mean> means = List.copyOf(trackers.values());
        Optional<Tensor> sum = Optional.empty();
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            Tensor prediction = predictions.get(entry.output());
            Tensor value = entry.loss()
                    .apply(
                            batch.y().get(targets[i]),
                            prediction,
                            batch.sampleWeight(entry.output()),
                            prediction.mask());
            if (value.shape().rank() != 0) {
                throw new ShapeException(
                        "[" + entry.loss().name() + "] expected a loss with a reduction to train with; "
                                + "received one that gives " + value.shape() + ". Take the mean or the sum.");
            }
            if (!means.isEmpty()) {
                means.get(i).update(value, batch.size());
            }
            Tensor term = entry.weight().isPresent()
                    ? Ops.multiply(value, entry.weight().get())
                    : value;
            sum = Optional.of(sum.isPresent() ? Ops.add(sum.get(), term) : term);
        }
        return sum;
    }

    /** Each loss's target: the output's, or the next one where only outputs with losses have targets. */
    private int[] targets(int targets, int outputCount) {
        if (targets != outputCount && targets != entries.size()) {
            throw new IllegalArgumentException("[" + model.name()
                    + "] expected a target for each output of the model; received " + targets + " targets and "
                    + outputCount + " outputs.");
        }
        int[] indices = new int[entries.size()];
        for (int i = 0; i < indices.length; i++) {
            indices[i] = targets == outputCount ? entries.get(i).output() : i;
        }
        return indices;
    }

    /** Which of the targets belongs to an output; none where only outputs with losses have targets. */
    OptionalInt target(int output, int targets, int outputCount) {
        if (targets == outputCount || isEmpty()) {
            return output < targets ? OptionalInt.of(output) : OptionalInt.empty();
        }
        build(outputCount);
        int[] all = targets(targets, outputCount);
        for (int i = 0; i < all.length; i++) {
            if (entries.get(i).output() == output) {
                return OptionalInt.of(all[i]);
            }
        }
        return OptionalInt.empty();
    }

    /** Looks at targets on the host: wrong ones give an error instead of a wrong loss. */
    void check(List<HostArray> y, List<TensorSpec> predictions) {
        if (isEmpty() || y.isEmpty()) {
            return;
        }
        build(predictions.size());
        int[] targets = targets(y.size(), predictions.size());
        for (int i = 0; i < targets.length; i++) {
            Entry entry = entries.get(i);
            entry.loss().checkTargets(y.get(targets[i]), predictions.get(entry.output()));
        }
    }

    /** The mean of each loss by its name in the logs; empty if there is only one. */
    Map<String, Mean> trackers() {
        return trackers;
    }

    @Override
    public void close() {
        trackers.values().forEach(Mean::close);
        trackers.clear();
        entries = List.of();
        outputs = -1;
    }
}
