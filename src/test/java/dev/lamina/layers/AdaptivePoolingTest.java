package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Adaptive pooling's outputs each cover their share of the input, also where shares are not equal. */
class AdaptivePoolingTest {
    private static Tensor sequence(int steps, float... values) {
        return Ops.tensor(values, 1, steps, values.length / steps);
    }

    @Test
    void coversUnevenShares() {
        Tensor x = sequence(5, 1, 2, 3, 4, 5);
        // Of 5 elements for 3 outputs: 0 to 1, 1 to 3, 3 to 4.
        assertThat(new AdaptiveMaxPooling1D(3).apply(x).toFloatArray()).containsExactly(2, 4, 5);
        assertThat(new AdaptiveAveragePooling1D(3).apply(x).toFloatArray()).containsExactly(1.5f, 3, 4.5f);
    }

    @Test
    void mayHaveMoreOutputsThanElements() {
        Tensor x = sequence(2, 1, 5);
        assertThat(new AdaptiveMaxPooling1D(3).apply(x).toFloatArray()).containsExactly(1, 5, 5);
        assertThat(new AdaptiveAveragePooling1D(3).apply(x).toFloatArray()).containsExactly(1, 3, 5);
    }

    @Test
    void meansOfAnImageAreMeansOfItsBoxes() {
        Random random = new Random(3);
        int height = 7;
        int width = 6;
        float[] pixels = new float[height * width];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = random.nextFloat();
        }
        float[] found = new AdaptiveAveragePooling2D(3, 4)
                .apply(Ops.tensor(pixels, 1, height, width, 1))
                .toFloatArray();
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 4; j++) {
                double sum = 0;
                int count = 0;
                for (int y = i * height / 3; y < Math.ceilDiv((i + 1) * height, 3); y++) {
                    for (int x = j * width / 4; x < Math.ceilDiv((j + 1) * width, 4); x++) {
                        sum += pixels[y * width + x];
                        count++;
                    }
                }
                assertThat((double) found[i * 4 + j]).isCloseTo(sum / count, within(1e-6));
            }
        }
    }

    @Test
    void knowsItsOutputForImagesOfUnknownSize() {
        Shape any = Shape.of(Shape.UNKNOWN, Shape.UNKNOWN, Shape.UNKNOWN, 3);
        assertThat(new AdaptiveAveragePooling2D(5, 2).computeOutputShape(any)).hasToString("(None, 5, 2, 3)");
        assertThat(new AdaptiveMaxPooling2D(1).computeOutputShape(any)).hasToString("(None, 1, 1, 3)");
    }

    @Test
    void refusesSizesThatDontFit() {
        assertThatThrownBy(() -> new AdaptiveMaxPooling2D(1, 2, 3))
                .isInstanceOf(ShapeException.class)
                .hasMessage("[window] expected an output size for 2 axes, or one for all; received [1, 2, 3].");
        assertThatThrownBy(() -> new AdaptiveMaxPooling1D(LayerOptions.named("pool"), 0))
                .isInstanceOf(ShapeException.class)
                .hasMessage("[pool] expected output sizes of at least 1; received [0].");
    }
}
