package dev.lamina.layers;

import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Variable;
import java.util.List;

/** Sets all weights of a layer at once, or none. */
final class WeightValues {
    private WeightValues() {}

    static void set(Layer layer, List<HostArray> values) {
        String name = layer.name();
        List<Variable> weights = layer.weights();
        if (weights.size() != values.size()) {
            throw new ShapeException("[" + name + "] expected values for " + weights.size() + " weights, "
                    + weights.stream().map(Variable::name).toList() + "; received " + values.size() + ".");
        }
        for (int i = 0; i < values.size(); i++) {
            if (!weights.get(i).shape().equals(values.get(i).shape())) {
                throw new ShapeException("[" + name + "] expected shape "
                        + weights.get(i).shape() + " for weight "
                        + weights.get(i).name() + "; received " + values.get(i).shape() + ".");
            }
        }
        for (int i = 0; i < values.size(); i++) {
            weights.get(i).assign(values.get(i).cast(weights.get(i).dtype()));
        }
    }
}
