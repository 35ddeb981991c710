package dev.lamina.metrics;

import dev.lamina.errors.ShapeException;
import dev.lamina.losses.SampleWeights;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * {@code tp / (tp + fp + fn)} of each class, from a confusion matrix, averaged over the target classes that occur. The
 * state is int32 unless asked for otherwise, so that weights are rounded towards zero, as in Keras.
 */
public abstract class IntersectionOverUnion extends Metric {
    static final MetricOptions WHOLE = MetricOptions.DEFAULT.withDType(DType.INT32);

    private final IoUOptions classes;
    private final List<Integer> targetClassIds;
    private final Variable matrix;

    IntersectionOverUnion(MetricOptions options, IoUOptions classes, List<Integer> targetClassIds) {
        super(options);
        this.classes = classes;
        this.targetClassIds = List.copyOf(targetClassIds);
        int count = classes.numClasses();
        if (targetClassIds.isEmpty() || targetClassIds.stream().anyMatch(id -> id < 0 || id >= count)) {
            throw new IllegalArgumentException("[" + name() + "] expected target classes from 0 to " + (count - 1)
                    + "; received " + targetClassIds + ".");
        }
        matrix = addState("total_confusion_matrix", Shape.of(count, count));
    }

    static List<Integer> all(int classes) {
        return IntStream.range(0, classes).boxed().toList();
    }

    /** Labels of predictions that are given as labels; as they are unless overridden. */
    Tensor labelsOf(Tensor prediction) {
        return prediction;
    }

    @Override
    protected final void accumulate(Tensor target, Tensor prediction, Optional<Tensor> sampleWeight) {
        Tensor t = classes.sparseYTrue() ? target : Ops.argmax(target, classes.axis());
        Tensor p = classes.sparseYPred() ? labelsOf(prediction) : Ops.argmax(prediction, classes.axis());
        Shape shape = t.shape();
        if (shape.elements() != p.shape().elements()) {
            throw new ShapeException("[" + name() + "] expected as many targets as predictions; received labels of "
                    + "shape " + shape + " and " + p.shape() + ".");
        }
        Tensor labels = Ops.reshape(Ops.cast(t, DType.INT32), -1);
        Tensor predicted = Ops.reshape(Ops.cast(p, DType.INT32), -1);
        DType type = dtype().isFloating() ? dtype() : DType.FLOAT32;
        Tensor rows = Ops.oneHot(labels, classes.numClasses(), type);
        Optional<Tensor> weights = weights(labels, shape, sampleWeight, type);
        if (weights.isPresent()) {
            rows = Ops.multiply(rows, Ops.expandDims(weights.get(), -1));
        }
        // A label outside of the classes is a row of zeros, and adds nothing.
        Tensor columns = Ops.oneHot(predicted, classes.numClasses(), type);
        matrix.assignAdd(Ops.cast(Ops.matmul(Ops.transpose(rows), columns), dtype()));
    }

    private Optional<Tensor> weights(Tensor labels, Shape shape, Optional<Tensor> sampleWeight, DType type) {
        Optional<Tensor> weights = sampleWeight.map(given -> {
            Tensor fitted = SampleWeights.fit(name(), "sample weights", Ops.cast(given, dtype()), shape);
            return Ops.reshape(Ops.broadcastTo(Ops.cast(fitted, type), shape), -1);
        });
        if (classes.ignoreClass().isEmpty()) {
            return weights;
        }
        Tensor ignored = Ops.constant(classes.ignoreClass().getAsInt(), DType.INT32);
        Tensor valid = Ops.cast(Ops.notEqual(labels, ignored), type);
        return Optional.of(weights.map(all -> Ops.multiply(all, valid)).orElse(valid));
    }

    @Override
    public final Tensor result() {
        Tensor counts = Ops.cast(matrix, DType.FLOAT32);
        int size = classes.numClasses();
        Tensor place = Ops.range(0, size, DType.INT32);
        Tensor diagonal = Ops.equal(Ops.expandDims(place, 0), Ops.expandDims(place, 1));
        Tensor found = Ops.sum(Ops.multiply(counts, Ops.cast(diagonal, DType.FLOAT32)), 0);
        Tensor union = Ops.subtract(Ops.add(Ops.sum(counts, 0), Ops.sum(counts, 1)), found);
        Tensor ids = Numbers.vector(targetClassIds, DType.INT32);
        Tensor denominator = Ops.gather(union, ids);
        Tensor occurs = Ops.greater(denominator, 1e-9);
        Tensor each = Ops.where(occurs, Ops.divide(Ops.gather(found, ids), Ops.add(denominator, 1e-7)), 0);
        return Ops.divide(Ops.sum(each), Ops.add(Ops.sum(Ops.cast(occurs, DType.FLOAT32)), 1e-7));
    }

    /** The entries that all but the binary one write. */
    final Map<String, Object> classConfig() {
        return configWith(
                "num_classes", classes.numClasses(),
                "ignore_class", Rates.boxed(classes.ignoreClass()),
                "sparse_y_pred", classes.sparseYPred(),
                "axis", classes.axis());
    }

    final List<Integer> targetClassIds() {
        return targetClassIds;
    }

    final boolean sparseYTrue() {
        return classes.sparseYTrue();
    }
}
