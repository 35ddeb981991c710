package dev.lamina.layers;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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

    /** An input without a mask counts everywhere; without any mask there is none. */
    @Override
    protected List<Optional<Tensor>> computeMask(List<Tensor> inputs, List<Optional<Tensor>> masks) {
        if (masks.stream().allMatch(Optional::isEmpty)) {
            return List.of(Optional.empty());
        }
        List<Tensor> wide = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            Shape shape = inputs.get(i).shape();
            Tensor all = Ops.full(shape, 1, DType.BOOL);
            Tensor mask = masks.get(i)
                    .map(given -> given.shape().rank() < shape.rank() ? Ops.expandDims(given, -1) : given)
                    .orElse(all);
            wide.add(Ops.logicalAnd(mask, all));
        }
        return List.of(Optional.of(Ops.max(Ops.concat(wide, axis), -1)));
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
