package dev.lamina.layers;

import dev.lamina.config.Config;
import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Shifts and scales each feature to mean 0 and variance 1: {@code (x - mean) / max(sqrt(variance), 1e-7)}, by numbers
 * that are given or taken from data by {@link #adapt} before training. Weights, without given numbers: mean, variance
 * (of the kept axes) and count, none of them trainable.
 */
public final class Normalization extends Layer {
    private static final double SMALLEST_DEVIATION = 1e-7;

    private final int[] axes;
    private final boolean invert;
    private final double[] givenMean;
    private final double[] givenVariance;
    private @Nullable Variable mean;
    private @Nullable Variable variance;
    private @Nullable Variable count;

    /** Features along the last axis; call {@link #adapt} before use. */
    public Normalization() {
        this(new int[] {-1}, false, LayerOptions.DEFAULT);
    }

    /**
     * @param axes those along which each place has a mean and a variance of its own; none for one pair for all
     * @param invert whether to undo the normalization instead
     */
    public Normalization(int[] axes, boolean invert, LayerOptions options) {
        this(axes, invert, new double[0], new double[0], options);
    }

    /** @param mean one number, or one for each place along a single axis, as {@code variance} */
    public Normalization(int[] axes, boolean invert, double[] mean, double[] variance, LayerOptions options) {
        super(options);
        if (mean.length != variance.length || mean.length > 1 && axes.length != 1) {
            throw new IllegalArgumentException(
                    "[" + name() + "] expected as many means as variances, one or (of a single "
                            + "axis) one for each place; received " + mean.length + " and " + variance.length + " for "
                            + axes.length + " axes.");
        }
        this.axes = axes.clone();
        this.invert = invert;
        this.givenMean = mean.clone();
        this.givenVariance = variance.clone();
    }

    @Override
    protected boolean supportsMasking() {
        return true;
    }

    private int[] kept(Shape shape) {
        return Arrays.stream(axes).map(shape::axis).sorted().toArray();
    }

    @Override
    protected void build(Shape inputShape) {
        Shape shape =
                Shape.of(Arrays.stream(kept(inputShape)).map(inputShape::size).toArray());
        if (givenMean.length == 0) {
            mean = addWeight(WeightSpec.of("mean", shape).initializer("zeros").trainable(false));
            variance = addWeight(
                    WeightSpec.of("variance", shape).initializer("ones").trainable(false));
            count = addWeight(WeightSpec.of("count", Shape.scalar())
                    .dtype(DType.INT32)
                    .initializer("zeros")
                    .trainable(false));
        } else if (givenMean.length > 1 && shape.size(0) != Shape.UNKNOWN && shape.size(0) != givenMean.length) {
            throw new ShapeException("[" + name() + "] expected " + givenMean.length + " features, one for each mean; "
                    + "received shape " + inputShape + ".");
        }
    }

    /** Takes mean and variance from data, which replace earlier ones; builds the layer. */
    public void adapt(HostArray data) {
        if (givenMean.length > 0) {
            throw new IllegalStateException(
                    "[" + name() + "] expected a layer that was not given its mean and variance; it was.");
        }
        buildFor(data.shape());
        Shape shape = data.shape();
        int[] kept = kept(shape);
        int places = Math.toIntExact(Built.get(this, mean).shape().elements());
        double[] sums = new double[places];
        double[] squares = new double[places];
        for (long i = 0; i < data.elements(); i++) {
            sums[place(i, shape, kept)] += data.getDouble(i);
        }
        double each = Math.max(1, (double) data.elements() / Math.max(1, places));
        Arrays.setAll(sums, i -> sums[i] / each);
        for (long i = 0; i < data.elements(); i++) {
            int place = place(i, shape, kept);
            squares[place] += Math.pow(data.getDouble(i) - sums[place], 2) / each;
        }
        set(Built.get(this, mean), sums);
        set(Built.get(this, variance), squares);
        set(Built.get(this, count), new double[] {(double) data.elements() / Math.max(1, places)});
    }

    private static void set(Variable variable, double[] values) {
        variable.assign(HostArray.zeros(variable.shape(), variable.dtype()).fill(i -> values[(int) i]));
    }

    /** The row-major index of an element among the kept axes. */
    private static int place(long index, Shape shape, int[] kept) {
        int place = 0;
        for (int axis : kept) {
            long inner = shape.elements(axis + 1, shape.rank());
            place = place * shape.size(axis) + (int) (index / inner % shape.size(axis));
        }
        return place;
    }

    @Override
    protected Tensor call(Tensor input) {
        Tensor x = Ops.cast(input, computeDType());
        Tensor center = broadcast(mean, givenMean, x);
        Tensor deviation = Ops.maximum(Ops.sqrt(broadcast(variance, givenVariance, x)), SMALLEST_DEVIATION);
        return invert ? Ops.add(center, Ops.multiply(x, deviation)) : Ops.divide(Ops.subtract(x, center), deviation);
    }

    private Tensor broadcast(@Nullable Variable weight, double[] given, Tensor x) {
        if (weight == null && given.length == 1) {
            return Ops.constant(given[0], x.dtype());
        }
        int[] sizes = IntStream.generate(() -> 1).limit(x.shape().rank()).toArray();
        for (int axis : kept(x.shape())) {
            sizes[axis] = x.shape().size(axis);
        }
        Tensor values = weight == null ? Ops.tensor(HostArray.of(given)) : weight;
        return Ops.reshape(Ops.cast(values, x.dtype()), sizes);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.putAll(Config.entries(
                "axis", Arrays.stream(axes).boxed().toList(),
                "invert", invert,
                "mean", given(givenMean),
                "variance", given(givenVariance)));
        return config;
    }

    private static Optional<Object> given(double[] values) {
        List<Double> list = Arrays.stream(values).boxed().toList();
        return list.isEmpty() ? Optional.empty() : Optional.of(list.size() == 1 ? list.get(0) : list);
    }

    static Normalization fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries,
                config -> new Normalization(
                        config.integers("axis", -1),
                        config.flag("invert", false),
                        numbers(config, "mean"),
                        numbers(config, "variance"),
                        LayerOptions.fromConfig(config)));
    }

    private static double[] numbers(LayerConfig config, String key) {
        if (!config.has(key)) {
            return new double[0];
        }
        return config.value(key) instanceof Number ? new double[] {config.number(key)} : config.numbers(key);
    }
}
