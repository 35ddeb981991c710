package dev.lamina.layers;

import dev.lamina.errors.ModelFormatException;
import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The products of two tensors {@code (batch, ...)}, sample by sample, summed over one axis of each: {@code (batch, a,
 * k)} and {@code (batch, b, k)} over their last axes give {@code (batch, a, b)}; two of {@code (batch, k)} give
 * {@code (batch, 1)}.
 */
public final class Dot extends MergeLayer {
    private final int first;
    private final int second;
    private final boolean oneAxis;
    private final boolean normalize;

    /** @param axis of both */
    public Dot(int axis) {
        this(axis, false, LayerOptions.DEFAULT);
    }

    /** @param normalize whether to divide each by its Euclidean length along the axis: cosine similarities */
    public Dot(int axis, boolean normalize, LayerOptions options) {
        this(axis, axis, true, normalize, options);
    }

    /** @param first of the first tensor, {@code second} of the other */
    public Dot(int first, int second, boolean normalize, LayerOptions options) {
        this(first, second, false, normalize, options);
    }

    private Dot(int first, int second, boolean oneAxis, boolean normalize, LayerOptions options) {
        super(options);
        this.first = first;
        this.second = second;
        this.oneAxis = oneAxis;
        this.normalize = normalize;
    }

    @Override
    IntStream counts() {
        return IntStream.of(2, 2);
    }

    @Override
    boolean expands() {
        return false;
    }

    @Override
    void check(List<Shape> shapes) {
        super.check(shapes);
        Shape a = shapes.get(0);
        Shape b = shapes.get(1);
        if (a.rank() < 2 || b.rank() < 2 || a.axis(first) == 0 || b.axis(second) == 0) {
            throw new ShapeException("[" + name() + "] expected tensors of rank 2 or more and axes behind the batch "
                    + "axis; received shapes " + shapes + " and axes " + List.of(first, second) + ".");
        }
        if (!Shape.of(a.size(first)).isCompatibleWith(Shape.of(b.size(second)))) {
            throw new ShapeException("[" + name() + "] expected as many elements along axis " + first + " of the first "
                    + "input as along axis " + second + " of the second; received shapes " + shapes + ".");
        }
    }

    @Override
    protected List<Optional<Tensor>> computeMask(List<Tensor> inputs, List<Optional<Tensor>> masks) {
        return List.of(Optional.empty());
    }

    @Override
    Tensor merge(List<Tensor> inputs) {
        Tensor a = inputs.get(0);
        Tensor b = inputs.get(1);
        Shape restOfA = a.shape().drop(first);
        Shape restOfB = b.shape().drop(second);
        Tensor rows = matrix(a, first);
        Tensor columns = Ops.transpose(matrix(b, second), 0, 2, 1);
        Tensor product = Ops.matmul(rows, columns);
        Shape shape = restOfA.append(restOfB.slice(1, restOfB.rank()).sizes());
        return Ops.reshape(product, shape.rank() == 1 ? shape.append(1).sizes() : shape.sizes());
    }

    /** {@code (batch, all other axes, that axis)}. */
    private Tensor matrix(Tensor x, int axis) {
        Tensor scaled = normalize ? UnitNormalization.normalize(x, axis) : x;
        int at = x.shape().axis(axis);
        int[] order = IntStream.concat(
                        IntStream.range(0, x.shape().rank()).filter(other -> other != at), IntStream.of(at))
                .toArray();
        Shape inner = x.shape().drop(axis).slice(1, x.shape().rank() - 1);
        int rest = inner.isFullyKnown() ? Math.toIntExact(inner.elements()) : Shape.UNKNOWN;
        return Ops.reshape(
                Ops.transpose(scaled, order), x.shape().size(0), rest, x.shape().size(axis));
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("axes", oneAxis ? (Object) first : List.of(first, second));
        config.put("normalize", normalize);
        return config;
    }

    static Dot fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(entries, config -> {
            boolean normalize = config.flag("normalize", false);
            LayerOptions options = LayerOptions.fromConfig(config);
            if (config.value("axes") instanceof Number) {
                return new Dot(config.integer("axes"), normalize, options);
            }
            int[] axes = config.integers("axes");
            if (axes.length != 2) {
                throw new ModelFormatException(
                        "[config] expected one or two axes for \"axes\"; received " + config.value("axes") + ".");
            }
            return new Dot(axes[0], axes[1], normalize, options);
        });
    }
}
