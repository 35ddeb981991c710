package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** A layer that is built infers a shape from one with axes that are not known: one that the known shape fits. */
final class UnknownAxesTest {
    @TestFactory
    Stream<DynamicTest> eachAxis() {
        // A one-hot CategoryEncoding drops a last axis of size 1, as in Keras, which it can't see of an unknown one.
        return LayerCase.all()
                .filter(of -> !of.name().equals("CategoryEncoding, one-hot"))
                .map(of -> DynamicTest.dynamicTest(of.name(), () -> check(of)));
    }

    private static void check(LayerCase of) {
        for (int input = 0; input < of.inputs().size(); input++) {
            for (int axis = 1; axis < of.inputs().get(input).rank(); axis++) {
                try (Layer layer = of.layer().get()) {
                    layer.computeOutputSpecs(of.specs());
                    List<TensorSpec> unknown = new ArrayList<>(of.anyBatch());
                    TensorSpec known = unknown.get(input);
                    unknown.set(input, new TensorSpec(known.shape().withSize(axis, Shape.UNKNOWN), known.dtype()));

                    Shape output = layer.computeOutputSpecs(unknown).get(0).shape();

                    assertThat(output.isCompatibleWith(of.output()))
                            .as("%s gives %s", unknown, output)
                            .isTrue();
                }
            }
        }
    }
}
