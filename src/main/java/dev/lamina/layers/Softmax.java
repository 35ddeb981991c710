package dev.lamina.layers;

import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/**
 * {@code exp(x) / sum exp(x)} over some axes together, the last by default. Where the input's mask (bool, or numbers of
 * which those above 0.5 count), which must broadcast to the input, is false, the output is 0.
 */
public final class Softmax extends Layer {
    private static final double VERY_NEGATIVE = -1e9;
    private static final double VERY_NEGATIVE_FLOAT16 = -3e4;

    private final Axes axes;

    /** @param axes no axes mean the last */
    public Softmax(int... axes) {
        this(Axes.of(axes), LayerOptions.DEFAULT);
    }

    private Softmax(Axes axes, LayerOptions options) {
        super(options);
        this.axes = axes;
    }

    @Override
    protected boolean supportsMasking() {
        return true;
    }

    @Override
    boolean castsIntegers() {
        return true;
    }

    @Override
    protected Tensor call(Tensor x, CallContext context) {
        if (context.mask().isEmpty()) {
            return NN.softmax(x, axes.sorted(x.shape()));
        }
        Tensor given = context.mask().get();
        checkBroadcasts(given.shape(), x.shape());
        Tensor mask = given.dtype() == DType.BOOL
                ? given
                : Ops.greater(Ops.cast(given, x.dtype()), Ops.constant(0.5, x.dtype()));
        double low = x.dtype() == DType.FLOAT16 ? VERY_NEGATIVE_FLOAT16 : VERY_NEGATIVE;
        Tensor masked = Ops.where(mask, x, Ops.constant(low, x.dtype()));
        Tensor y = NN.softmax(masked, axes.sorted(x.shape()));
        return Ops.where(mask, y, Ops.constant(0, x.dtype()));
    }

    private void checkBroadcasts(Shape mask, Shape input) {
        boolean fits = mask.rank() <= input.rank();
        for (int axis = 1; fits && axis <= mask.rank(); axis++) {
            int size = mask.size(-axis);
            int full = input.size(-axis);
            fits = size == 1 || size == full || size == Shape.UNKNOWN || full == Shape.UNKNOWN;
        }
        if (!fits) {
            throw new ShapeException("[" + name() + "] expected a mask that broadcasts to the input " + input
                    + "; received one of shape " + mask + ". A mask of steps says nothing of classes: use "
                    + "new Activation(\"softmax\") or the activation of the layer before, which pass it on.");
        }
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("axis", axes.toConfig());
        return config;
    }

    static Softmax fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries, config -> new Softmax(Axes.fromConfig(config), LayerOptions.fromConfig(config)));
    }
}
