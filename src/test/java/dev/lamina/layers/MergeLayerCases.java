package dev.lamina.layers;

import dev.lamina.tensor.Shape;
import java.util.List;

/** Layers of several inputs. */
final class MergeLayerCases {
    private static final Shape SHAPE = Shape.of(4, 5, 3);

    private MergeLayerCases() {}

    static List<LayerCase> all() {
        return List.of(
                LayerCase.of("Add", Add::new, SHAPE, SHAPE, SHAPE),
                LayerCase.of("Add, broadcast", Add::new, Shape.of(4, 3), Shape.of(4, 5, 1), SHAPE),
                new LayerCase("Add of three", Add::new, List.of(SHAPE, SHAPE, SHAPE), SHAPE, 0, true),
                LayerCase.of("Subtract", Subtract::new, SHAPE, SHAPE, SHAPE),
                LayerCase.of("Multiply", Multiply::new, SHAPE, SHAPE, SHAPE),
                LayerCase.of("Average", Average::new, SHAPE, SHAPE, SHAPE),
                LayerCase.of("Maximum", Maximum::new, SHAPE, SHAPE, SHAPE),
                LayerCase.of("Minimum", Minimum::new, SHAPE, SHAPE, SHAPE),
                LayerCase.of("Concatenate", Concatenate::new, SHAPE, Shape.of(4, 5, 2), Shape.of(4, 5, 5)),
                LayerCase.of("Concatenate, axis 1", () -> new Concatenate(1), SHAPE, SHAPE, Shape.of(4, 10, 3)),
                LayerCase.of("Dot", () -> new Dot(1), Shape.of(4, 3), Shape.of(4, 3), Shape.of(4, 1)),
                LayerCase.of(
                        "Dot, all options",
                        () -> new Dot(2, -1, true, LayerOptions.DEFAULT),
                        SHAPE,
                        Shape.of(4, 2, 7, 3),
                        Shape.of(4, 5, 2, 7)));
    }
}
