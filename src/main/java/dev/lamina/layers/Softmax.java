package dev.lamina.layers;

import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * {@code exp(x) / sum exp(x)} over some axes together, the last by default. A second input is a mask that broadcasts to
 * the first (bool, or numbers of which those above 0.5 count): where it is false the output is 0.
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
    protected List<Tensor> call(List<Tensor> inputs, CallContext context) {
        Tensor x = inputs.get(0);
        if (inputs.size() == 1) {
            return List.of(NN.softmax(x, axes.sorted(x.shape())));
        }
        if (inputs.size() > 2) {
            throw new ShapeException(
                    "[" + name() + "] expected one input, or one and a mask; received " + inputs.size() + ".");
        }
        Tensor given = inputs.get(1);
        Tensor mask = given.dtype() == DType.BOOL
                ? given
                : Ops.greater(Ops.cast(given, x.dtype()), Ops.constant(0.5, x.dtype()));
        double low = x.dtype() == DType.FLOAT16 ? VERY_NEGATIVE_FLOAT16 : VERY_NEGATIVE;
        Tensor masked = Ops.where(mask, x, Ops.constant(low, x.dtype()));
        Tensor y = NN.softmax(masked, axes.sorted(x.shape()));
        return List.of(Ops.where(mask, y, Ops.constant(0, x.dtype())));
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
