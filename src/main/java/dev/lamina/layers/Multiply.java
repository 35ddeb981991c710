package dev.lamina.layers;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The product of the inputs, broadcast, element by element. */
public final class Multiply extends MergeLayer {
    public Multiply() {
        this(LayerOptions.DEFAULT);
    }

    public Multiply(LayerOptions options) {
        super(options);
    }

    @Override
    Tensor merge(List<Tensor> inputs) {
        return inputs.stream().reduce(Ops::multiply).orElseThrow();
    }

    /** A masked position counts as 1; where all inputs are masked the product is 0. */
    @Override
    Tensor merge(List<Tensor> inputs, List<Optional<Tensor>> masks) {
        List<Tensor> factors = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            Tensor x = inputs.get(i);
            factors.add(masks.get(i).map(mask -> Ops.where(mask, x, 1)).orElse(x));
        }
        Tensor product = merge(factors);
        return masks.stream().allMatch(Optional::isPresent)
                ? Ops.where(
                        masks.stream().map(Optional::get).reduce(Ops::logicalOr).orElseThrow(), product, 0)
                : product;
    }

    static Multiply fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(entries, config -> new Multiply(LayerOptions.fromConfig(config)));
    }
}
