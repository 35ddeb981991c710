package dev.lamina.saving;

import dev.lamina.layers.BatchNormalization;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Dropout;
import dev.lamina.layers.Flatten;
import dev.lamina.models.Sequential;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.List;

/** Small models to write and read. */
final class SmallModels {
    private SmallModels() {}

    static Sequential unbuilt(int units) {
        return Sequential.of(
                new Flatten(),
                new Dense(units, "relu"),
                new BatchNormalization(),
                new Dropout(0.5, 7),
                new Dense(3, "softmax"));
    }

    static Sequential built(int units) {
        return build(unbuilt(units));
    }

    /** Builds for samples of shape (2, 2). */
    static Sequential build(Sequential model) {
        model.computeOutputSpecs(List.of(new TensorSpec(Shape.of(Shape.UNKNOWN, 2, 2), DType.FLOAT32)));
        return model;
    }
}
