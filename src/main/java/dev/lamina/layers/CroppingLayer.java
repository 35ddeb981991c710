package dev.lamina.layers;

import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/** Cuts off elements at both ends of the spatial axes. */
public abstract class CroppingLayer extends Layer {
    private final Borders borders;

    CroppingLayer(LayerOptions options, int... amounts) {
        super(options);
        borders = Borders.of(name(), amounts);
    }

    @Override
    protected final InputSpec inputSpec() {
        return InputSpec.ofRank(borders.before().size() + 2);
    }

    /** An unknown axis stays one; sizes are known when there are values to move. */
    @Override
    protected final Tensor call(Tensor x) {
        Shape shape = x.shape();
        int[] sizes = borders.cut(shape);
        for (int axis = 1; axis < sizes.length - 1; axis++) {
            if (shape.size(axis) != Shape.UNKNOWN && sizes[axis] < 1) {
                throw new ShapeException("[" + name() + "] expected an input larger than what is cut off, "
                        + borders.toConfig() + "; received shape " + shape + ".");
            }
        }
        int[] starts = borders.all(borders.before()).stream()
                .mapToInt(Integer::intValue)
                .toArray();
        return Ops.slice(x, starts, sizes);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("cropping", borders.toConfig());
        if (borders.before().size() > 1) {
            config.put("data_format", "channels_last");
        }
        return config;
    }
}
