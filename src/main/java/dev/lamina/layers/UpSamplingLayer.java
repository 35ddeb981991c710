package dev.lamina.layers;

import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Repeats, or interpolates between, the elements of the spatial axes of {@code (batch, spatial..., channels)}. */
public abstract class UpSamplingLayer extends Layer {
    private final int[] factors;

    UpSamplingLayer(LayerOptions options, int... factors) {
        super(options);
        if (Arrays.stream(factors).anyMatch(factor -> factor < 1)) {
            throw new IllegalArgumentException(
                    "[" + name() + "] expected factors of 1 or more; received " + Arrays.toString(factors) + ".");
        }
        this.factors = factors.clone();
    }

    @Override
    protected final InputSpec inputSpec() {
        return InputSpec.ofRank(factors.length + 2);
    }

    @Override
    protected Tensor call(Tensor x) {
        return nearest(x);
    }

    /** Each element as often as its axis's factor, by a new axis behind each spatial one. */
    final Tensor nearest(Tensor x) {
        Shape between = Shape.of(x.shape().size(0));
        Shape repeated = between;
        Shape result = between;
        for (int axis = 0; axis < factors.length; axis++) {
            int size = x.shape().size(axis + 1);
            between = between.append(size, 1);
            repeated = repeated.append(size, factors[axis]);
            result = result.append(size == Shape.UNKNOWN ? size : size * factors[axis]);
        }
        int channels = x.shape().size(-1);
        Tensor wide = Ops.reshape(x, between.append(channels).sizes());
        return Ops.reshape(
                Ops.broadcastTo(wide, repeated.append(channels)),
                result.append(channels).sizes());
    }

    /** Linear interpolation along one spatial axis after the other, each a product with a matrix of weights. */
    final Tensor linear(Tensor x) {
        Tensor y = x;
        for (int axis = 0; axis < factors.length; axis++) {
            if (factors[axis] > 1) {
                y = interpolate(y, axis + 1, factors[axis]);
            }
        }
        return y;
    }

    private Tensor interpolate(Tensor x, int axis, int factor) {
        Shape shape = x.shape();
        int size = shape.size(axis);
        if (size == Shape.UNKNOWN) {
            // Only the shape is inferred; nothing is known of it.
            return Ops.reshape(x, shape.sizes());
        }
        if (size == 0) {
            throw new ShapeException("[" + name() + "] expected at least one element along axis " + axis
                    + " to interpolate; received shape " + shape + ".");
        }
        Shape before = shape.slice(0, axis);
        Shape inner = shape.slice(axis + 1, shape.rank());
        int columns = inner.isFullyKnown() ? Math.toIntExact(inner.elements()) : Shape.UNKNOWN;
        Tensor weights = Ops.cast(Ops.tensor(weights(size, factor)), x.dtype());
        Tensor product =
                Ops.matmul(weights, Ops.reshape(x, before.append(size, columns).sizes()));
        return Ops.reshape(
                product, before.append(size * factor).append(inner.sizes()).sizes());
    }

    /**
     * Row i of {@code (size * factor, size)}: the weights of the two elements around the place {@code (i + 0.5) /
     * factor - 0.5}, which are the same one beyond the outermost centers.
     */
    private static HostArray weights(int size, int factor) {
        double[] weights = new double[size * factor * size];
        for (int i = 0; i < size * factor; i++) {
            double place = Math.min(Math.max((i + 0.5) / factor - 0.5, 0), size - 1);
            int left = (int) place;
            int right = Math.min(left + 1, size - 1);
            weights[i * size + left] += 1 - (place - left);
            weights[i * size + right] += place - left;
        }
        return HostArray.of(weights, size * factor, size);
    }

    /** One number for a single axis, else a list. */
    final Object factorsToConfig() {
        List<Integer> list = Arrays.stream(factors).boxed().toList();
        return list.size() == 1 ? (Object) list.get(0) : list;
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("size", factorsToConfig());
        if (factors.length > 1) {
            config.put("data_format", "channels_last");
        }
        return config;
    }
}
