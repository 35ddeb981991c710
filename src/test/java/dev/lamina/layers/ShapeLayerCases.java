package dev.lamina.layers;

import dev.lamina.tensor.Shape;
import java.util.List;

/** Layers that move elements. */
final class ShapeLayerCases {
    private static final Shape SEQUENCE = Shape.of(4, 5, 3);
    private static final Shape IMAGE = Shape.of(4, 5, 4, 3);
    private static final Shape VOLUME = Shape.of(4, 5, 4, 3, 2);

    private ShapeLayerCases() {}

    static List<LayerCase> all() {
        return List.of(
                LayerCase.of("Flatten", Flatten::new, Shape.of(4, 2, 3, 2), Shape.of(4, 12)),
                LayerCase.of("Flatten of scalars", Flatten::new, Shape.of(4), Shape.of(4, 1)),
                LayerCase.of("Reshape", () -> new Reshape(3, -1), Shape.of(4, 6, 2), Shape.of(4, 3, 4)),
                LayerCase.of("Permute", () -> new Permute(3, 1, 2), IMAGE, Shape.of(4, 3, 5, 4)),
                LayerCase.of("RepeatVector", () -> new RepeatVector(5), Shape.of(4, 3), Shape.of(4, 5, 3)),
                LayerCase.of("Cropping1D", () -> new Cropping1D(1, 2), SEQUENCE, Shape.of(4, 2, 3)),
                LayerCase.of("Cropping2D", () -> new Cropping2D(2, 1), IMAGE, Shape.of(4, 1, 2, 3)),
                LayerCase.of(
                        "Cropping2D, four amounts",
                        () -> new Cropping2D(new int[] {0, 2, 1, 0}, LayerOptions.DEFAULT),
                        IMAGE,
                        Shape.of(4, 3, 3, 3)),
                LayerCase.of("Cropping3D", () -> new Cropping3D(1, 1, 1), VOLUME, Shape.of(4, 3, 2, 1, 2)),
                LayerCase.of("ZeroPadding1D", () -> new ZeroPadding1D(0, 2), SEQUENCE, Shape.of(4, 7, 3)),
                LayerCase.of("ZeroPadding2D", () -> new ZeroPadding2D(1, 2), IMAGE, Shape.of(4, 7, 8, 3)),
                LayerCase.of(
                        "ZeroPadding2D, four amounts",
                        () -> new ZeroPadding2D(new int[] {0, 2, 1, 0}, LayerOptions.DEFAULT),
                        IMAGE,
                        Shape.of(4, 7, 5, 3)),
                LayerCase.of("ZeroPadding3D", () -> new ZeroPadding3D(1), VOLUME, Shape.of(4, 7, 6, 5, 2)),
                LayerCase.of("UpSampling1D", () -> new UpSampling1D(3), SEQUENCE, Shape.of(4, 15, 3)),
                LayerCase.of("UpSampling2D", () -> new UpSampling2D(2, 3), IMAGE, Shape.of(4, 10, 12, 3)),
                LayerCase.of(
                        "UpSampling2D, bilinear",
                        () -> new UpSampling2D(2, 3, "bilinear", LayerOptions.DEFAULT),
                        IMAGE,
                        Shape.of(4, 10, 12, 3)),
                LayerCase.of("UpSampling3D", () -> new UpSampling3D(1, 2, 3), VOLUME, Shape.of(4, 5, 8, 9, 2)));
    }
}
