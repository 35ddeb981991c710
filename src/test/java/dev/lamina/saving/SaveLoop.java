package dev.lamina.saving;

import dev.lamina.layers.Dense;
import dev.lamina.models.Sequential;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.List;

/** A program that saves one model over and over, all its weights being the number of the time; to be killed. */
final class SaveLoop {
    static final int UNITS = 300;

    private SaveLoop() {}

    public static void main(String[] arguments) {
        Path file = Path.of(arguments[0]);
        int times = Integer.parseInt(arguments[1]);
        try (Sequential model = Sequential.of(new Dense(UNITS), new Dense(UNITS))) {
            model.computeOutputSpecs(List.of(new TensorSpec(Shape.of(Shape.UNKNOWN, UNITS), DType.FLOAT32)));
            for (int i = 1; i <= times; i++) {
                int value = i;
                model.weights()
                        .forEach(weight -> weight.assign(
                                HostArray.zeros(weight.shape(), weight.dtype()).fill(j -> value)));
                model.save(file);
                System.out.println("saved " + i);
            }
        }
    }
}
