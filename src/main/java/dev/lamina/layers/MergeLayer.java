package dev.lamina.layers;

import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.stream.IntStream;

/**
 * Combines several tensors of one batch size element by element; shapes are broadcast by NumPy's rule. A tensor of
 * fewer axes first gets axes of size 1 behind its batch axis, as in Keras.
 */
public abstract class MergeLayer extends Layer {
    MergeLayer(LayerOptions options) {
        super(options);
    }

    /** Combines tensors of one rank. */
    abstract Tensor merge(List<Tensor> inputs);

    /**
     * Combines tensors that have masks, which broadcast to them; by default as if they had none.
     *
     * @param masks one for each input
     */
    Tensor merge(List<Tensor> inputs, List<Optional<Tensor>> masks) {
        return merge(inputs);
    }

    /**
     * Combines one after the other; where one is masked, what was combined before stands alone, and the other way
     * round.
     */
    static Tensor fold(List<Tensor> inputs, List<Optional<Tensor>> masks, BinaryOperator<Tensor> op) {
        Tensor output = inputs.get(0);
        Optional<Tensor> counts = masks.get(0);
        for (int i = 1; i < inputs.size(); i++) {
            Tensor before = output;
            Tensor x = inputs.get(i);
            Optional<Tensor> mask = masks.get(i);
            Tensor next = mask.map(given -> Ops.where(given, x, before)).orElse(x);
            Tensor kept = counts.map(given -> Ops.where(given, before, next)).orElse(before);
            counts = counts.isPresent() && mask.isPresent()
                    ? Optional.of(Ops.logicalOr(counts.get(), mask.get()))
                    : Optional.empty();
            output = op.apply(kept, next);
        }
        return output;
    }

    /** The number of inputs, from and to. */
    IntStream counts() {
        return IntStream.of(1, Integer.MAX_VALUE);
    }

    @Override
    protected final void build(List<Shape> inputShapes) {
        int[] counts = counts().toArray();
        if (inputShapes.size() < counts[0] || inputShapes.size() > counts[1]) {
            throw new ShapeException("[" + name() + "] expected "
                    + (counts[0] == counts[1] ? "exactly " + counts[0] + " inputs" : "at least " + counts[0] + " input")
                    + "; received " + inputShapes.size() + ": " + inputShapes + ". Use apply(List.of(a, b)).");
        }
        check(inputShapes);
    }

    /** Refuses shapes that can't be merged. */
    void check(List<Shape> shapes) {
        int[] batches = shapes.stream()
                .filter(shape -> shape.rank() > 0 && shape.size(0) != Shape.UNKNOWN)
                .mapToInt(shape -> shape.size(0))
                .distinct()
                .toArray();
        if (batches.length > 1) {
            throw new ShapeException("[" + name() + "] expected inputs of one batch size; received " + shapes + ".");
        }
    }

    @Override
    protected final List<Tensor> call(List<Tensor> inputs, CallContext context) {
        List<Optional<Tensor>> masks = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            masks.add(context.mask(i).map(mask -> Ops.expandDims(mask, -1)));
        }
        boolean masked = masks.stream().anyMatch(Optional::isPresent);
        return List.of(masked ? merge(aligned(inputs), masks) : merge(aligned(inputs)));
    }

    /** A position counts where it does in any input; without a mask of each input there is none. */
    @Override
    protected List<Optional<Tensor>> computeMask(List<Tensor> inputs, List<Optional<Tensor>> masks) {
        if (masks.stream().anyMatch(Optional::isEmpty)) {
            return List.of(Optional.empty());
        }
        return List.of(masks.stream().map(Optional::get).reduce(Ops::logicalOr));
    }

    private List<Tensor> aligned(List<Tensor> inputs) {
        int rank = inputs.stream().mapToInt(x -> x.shape().rank()).max().orElse(0);
        if (!expands()) {
            return inputs;
        }
        List<Tensor> aligned = new ArrayList<>(inputs.size());
        for (Tensor x : inputs) {
            Tensor wide = x;
            while (wide.shape().rank() < rank) {
                wide = Ops.expandDims(wide, Math.min(1, wide.shape().rank()));
            }
            aligned.add(wide);
        }
        return aligned;
    }

    /** Whether inputs of fewer axes get some of size 1. */
    boolean expands() {
        return true;
    }
}
