package dev.lamina.layers;

import dev.lamina.constraints.NonNeg;
import dev.lamina.initializers.Initializers;
import dev.lamina.regularizers.Regularizers;
import dev.lamina.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Activations, each as a layer, and the layers that are activations. */
final class ActivationLayerCases {
    private ActivationLayerCases() {}

    static List<LayerCase> all() {
        List<LayerCase> cases = new ArrayList<>();
        for (String name : Activations.names()) {
            Shape output = name.equals("glu") ? Shape.of(4, 3) : Shape.of(4, 6);
            cases.add(LayerCase.of("Activation " + name, () -> new Activation(name), Shape.of(4, 6), output));
        }
        cases.add(LayerCase.of("ELU", () -> new ELU(0.7), Shape.of(4, 3)));
        cases.add(LayerCase.of("LeakyReLU", LeakyReLU::new, Shape.of(4, 3)));
        cases.add(LayerCase.of("ReLU", ReLU::new, Shape.of(4, 3)));
        cases.add(LayerCase.of(
                "ReLU, all options",
                () -> ReLU.of().maxValue(0.8).negativeSlope(0.1).threshold(0.2).build(),
                Shape.of(4, 3)));
        cases.add(LayerCase.of("PReLU", PReLU::new, Shape.of(4, 5, 3)));
        cases.add(LayerCase.of(
                "PReLU, all options",
                () -> PReLU.of()
                        .sharedAxes(1, 2)
                        .alphaInitializer(Initializers.constant(0.3))
                        .alphaRegularizer(Regularizers.l2(0.1))
                        .alphaConstraint(new NonNeg())
                        .build(),
                Shape.of(4, 5, 2, 3)));
        cases.add(LayerCase.of("Softmax", Softmax::new, Shape.of(4, 3)));
        cases.add(LayerCase.of("Softmax over one other axis", () -> new Softmax(1), Shape.of(4, 5, 3)));
        cases.add(LayerCase.of("Softmax over several axes", () -> new Softmax(1, 3), Shape.of(4, 5, 2, 3)));
        return cases;
    }
}
