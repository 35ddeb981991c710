package dev.lamina.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.errors.ShapeException;
import dev.lamina.ops.Window;
import dev.lamina.ops.Window.Padding;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The transposed convolution against its definition: each element of the input puts the kernel, times itself, at its
 * place times the stride. How long the output is, and where it begins, is TensorFlow's rule.
 */
class ConvTransposeTest {
    private static HostArray random(long seed, int... sizes) {
        Random random = new Random(seed);
        return HostArray.zeros(Shape.of(sizes), DType.FLOAT64).fill(i -> random.nextGaussian());
    }

    @ParameterizedTest(name = "{0} steps, kernel {1}, stride {2}, dilation {3}, {4}, output padding {5}: {6} steps")
    @CsvSource({
        "4, 2, 2, 1, VALID, -1, 8",
        "4, 3, 1, 1, VALID, -1, 6",
        "4, 2, 3, 1, VALID, -1, 12",
        "4, 3, 2, 1, VALID, 1, 10",
        "4, 3, 2, 2, VALID, -1, 11",
        "4, 3, 2, 1, SAME, -1, 8",
        "4, 2, 2, 1, SAME, -1, 8",
        "4, 4, 2, 1, SAME, -1, 8",
        "4, 2, 3, 1, SAME, -1, 12",
        "4, 1, 3, 1, SAME, -1, 12",
        "4, 5, 1, 1, SAME, -1, 4",
        "4, 3, 2, 1, SAME, 0, 7",
        "4, 3, 2, 1, SAME, 1, 8",
        "4, 2, 3, 1, SAME, 2, 11",
        "4, 4, 3, 1, SAME, 0, 9",
        "4, 3, 2, 3, SAME, 1, 8",
        "1, 3, 2, 1, SAME, -1, 2",
    })
    void putsTheKernelAtEachStride(
            int steps, int size, int stride, int dilation, String padding, int outputPadding, int expected) {
        boolean same = padding.equals("SAME");
        Window window = Window.of(size).strides(stride).dilation(dilation).padding(same ? Padding.SAME : Padding.VALID);
        HostArray x = random(1, 2, steps, 3);
        HostArray kernel = random(2, size, 5, 3);
        Tensor y = NN.convTranspose(
                Ops.tensor(x), Ops.tensor(kernel), window, outputPadding < 0 ? List.of() : List.of(outputPadding));
        assertThat(y.shape()).isEqualTo(Shape.of(2, expected, 5));
        int extent = (size - 1) * dilation + 1;
        int cut = same ? Math.max(0, (steps - 1) * stride + extent - expected) / 2 : 0;
        double[] sums = new double[2 * expected * 5];
        for (int image = 0; image < 2; image++) {
            for (int step = 0; step < steps; step++) {
                for (int k = 0; k < size; k++) {
                    int to = step * stride + k * dilation - cut;
                    for (int filter = 0; to >= 0 && to < expected && filter < 5; filter++) {
                        for (int channel = 0; channel < 3; channel++) {
                            sums[(image * expected + to) * 5 + filter] +=
                                    x.getDouble((image * steps + step) * 3L + channel)
                                            * kernel.getDouble((k * 5L + filter) * 3 + channel);
                        }
                    }
                }
            }
        }
        double[] found = y.toHost().toDoubleArray();
        for (int i = 0; i < sums.length; i++) {
            assertThat(found[i]).as("element %d", i).isCloseTo(sums[i], within(1e-12));
        }
    }

    @Test
    void treatsEachAxisByItself() {
        HostArray x = random(1, 1, 3, 4, 2, 2);
        Window window = Window.of(2, 3, 2).strides(2, 1, 3).padding(Padding.SAME);
        Tensor y = NN.convTranspose(Ops.tensor(x), Ops.tensor(random(2, 2, 3, 2, 4, 2)), window, List.of());
        assertThat(y.shape()).hasToString("(1, 6, 4, 6, 4)");
    }

    @Test
    void refusesWhatDoesNotFit() {
        Tensor x = Ops.tensor(random(1, 1, 3, 4, 2));
        Tensor kernel = Ops.tensor(random(2, 2, 2, 4, 2));
        assertThatThrownBy(() -> NN.convTranspose(x, kernel, Window.of(2, 2), List.of(1)))
                .isInstanceOf(ShapeException.class)
                .hasMessage("[conv_transpose] expected an output padding for 2 axes, or none; received [1].");
        assertThatThrownBy(() -> NN.convTranspose(x, kernel, Window.of(2), List.of()))
                .isInstanceOf(ShapeException.class)
                .hasMessage(
                        "[conv_transpose] expected images and a kernel of rank 3; received float64 (1, 3, 4, 2) and "
                                + "float64 (2, 2, 4, 2).");
    }
}
