package dev.lamina.layers;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** Joins tensors that agree on all other axes along one axis, the last by default. */
public final class Concatenate extends MergeLayer {
    private final int axis;

    public Concatenate() {
        this(-1);
    }

    public Concatenate(int axis) {
        this(axis, LayerOptions.DEFAULT);
    }

    public Concatenate(int axis, LayerOptions options) {
        super(options);
        this.axis = axis;
    }

    @Override
    void check(List<Shape> shapes) {
        // The op says which axes disagree; the batch axis may be the one that is joined.
    }

    @Override
    boolean expands() {
        return false;
    }

    @Override
    Tensor merge(List<Tensor> inputs) {
        return Ops.concat(inputs, axis);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("axis", axis);
        return config;
    }

    static Concatenate fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries, config -> new Concatenate(config.integer("axis", -1), LayerOptions.fromConfig(config)));
    }
}
