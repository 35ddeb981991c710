package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.ops.ConvolutionOp;
import dev.lamina.ops.Window;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Convolutions of few channels give the bits of a plain loop by {@link Math#fma}. */
final class FewChannelsTest {
    private final Random random = new Random(11);

    @BeforeAll
    static void needsTheLibrary() {
        Libraries.needProducts();
    }

    private static ConvolutionShape shape(Shape x, Shape kernel, Window window) {
        TensorSpec images = new TensorSpec(x, DType.FLOAT32);
        return ConvolutionShape.of(
                new ConvolutionOp.Conv(window, 1), List.of(images, new TensorSpec(kernel, DType.FLOAT32)));
    }

    private MemorySegment numbers(long n) {
        MemorySegment memory = Arena.ofAuto().allocate(n * Float.BYTES, Float.BYTES);
        for (long i = 0; i < n; i++) {
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
        }
        return memory;
    }

    private static float at(MemorySegment memory, long i) {
        return memory.getAtIndex(ValueLayout.JAVA_FLOAT, i);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 5, 6, 1, 3, 3, 1, 1, 1",
        "3, 13, 11, 1, 3, 3, 32, 1, 1",
        "2, 28, 28, 1, 3, 3, 32, 1, 1",
        "2, 9, 8, 3, 2, 3, 13, 2, 1",
        "4, 12, 7, 4, 3, 1, 207, 1, 2",
        "1, 6, 6, 2, 6, 6, 17, 3, 1"
    })
    void sumsAreInOrder(
            int images, int rows, int columns, int channels, int high, int wide, int filters, int stride, int apart) {
        Window window = Window.of(high, wide).strides(stride, stride).dilation(apart, 1);
        ConvolutionShape shape =
                shape(Shape.of(images, rows, columns, channels), Shape.of(high, wide, channels, filters), window);
        assertThat(FewChannels.serves(shape)).isTrue();
        int down = shape.frame().height().places();
        int along = shape.frame().width().places();
        MemorySegment x = numbers((long) images * rows * columns * channels);
        MemorySegment kernel = numbers(shape.kernelElements());
        MemorySegment bias = numbers(filters);
        for (boolean biased : new boolean[] {false, true}) {
            for (int lanes : Products.widest() == 16 ? new int[] {8, 16} : new int[] {8}) {
                MemorySegment y = numbers((long) images * down * along * filters);
                Optional<MemorySegment> extra = biased ? Optional.of(bias) : Optional.empty();
                FewChannels.run(shape, new ConvolutionByOneDnn.Operands(x, kernel, y, extra), 0, images, lanes);
                long at = 0;
                for (int image = 0; image < images; image++) {
                    for (int place = 0; place < down * along; place++) {
                        for (int filter = 0; filter < filters; filter++) {
                            float sum = 0;
                            long term = 0;
                            for (int i = 0; i < high; i++) {
                                int row = place / along * stride + i * apart;
                                for (int j = 0; j < wide * channels; j++) {
                                    long seen = ((long) image * rows + row) * columns * channels
                                            + (long) (place % along) * stride * channels
                                            + j;
                                    sum = Math.fma(at(x, seen), at(kernel, term++ * filters + filter), sum);
                                }
                            }
                            float expected = biased ? sum + at(bias, filter) : sum;
                            assertThat(at(y, at++))
                                    .as("lanes %d, image %d, place %d, filter %d", lanes, image, place, filter)
                                    .isEqualTo(expected);
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 5, 6, 1, 3, 3, 1, 1, 1",
        "3, 13, 11, 1, 3, 3, 32, 1, 1",
        "2, 28, 28, 1, 5, 5, 40, 1, 1",
        "2, 9, 8, 3, 2, 3, 13, 2, 1",
        "4, 12, 7, 4, 3, 1, 207, 1, 2",
        "1, 8, 9, 2, 7, 4, 17, 1, 1"
    })
    void gradientsAreSumsOfEachImagesInOrder(
            int images, int rows, int columns, int channels, int high, int wide, int filters, int stride, int apart) {
        Window window = Window.of(high, wide).strides(stride, stride).dilation(apart, 1);
        ConvolutionShape shape =
                shape(Shape.of(images, rows, columns, channels), Shape.of(high, wide, channels, filters), window);
        int down = shape.frame().height().places();
        int along = shape.frame().width().places();
        MemorySegment x = numbers((long) images * rows * columns * channels);
        MemorySegment dy = numbers((long) images * down * along * filters);
        MemorySegment before = numbers(shape.kernelElements());
        for (int lanes : Products.widest() == 16 ? new int[] {8, 16} : new int[] {8}) {
            MemorySegment dk = numbers(shape.kernelElements()).copyFrom(before);
            FewChannels.addGradient(
                    shape, new ConvolutionByOneDnn.Operands(x, dk, dy, Optional.empty()), images, lanes);
            for (int element = 0; element < high * wide * channels; element++) {
                for (int filter = 0; filter < filters; filter++) {
                    float expected = at(before, (long) element * filters + filter);
                    for (int image = 0; image < images; image++) {
                        float sum = 0;
                        for (int place = 0; place < down * along; place++) {
                            int row = place / along * stride + element / (wide * channels) * apart;
                            long seen = ((long) image * rows + row) * columns * channels
                                    + (long) (place % along) * stride * channels
                                    + element % (wide * channels);
                            long given = ((long) image * down * along + place) * filters + filter;
                            sum = Math.fma(at(x, seen), at(dy, given), sum);
                        }
                        expected += sum;
                    }
                    assertThat(at(dk, (long) element * filters + filter))
                            .as("lanes %d, element %d, filter %d", lanes, element, filter)
                            .isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void paddingManyChannelsAndDepthAreNotItsOwn() {
        Shape x = Shape.of(2, 8, 8, 1);
        Shape kernel = Shape.of(3, 3, 1, 4);
        assertThat(FewChannels.serves(shape(x, kernel, Window.of(3, 3)))).isTrue();
        assertThat(FewChannels.serves(shape(x, kernel, Window.of(3, 3).padding(Window.Padding.SAME))))
                .isFalse();
        assertThat(FewChannels.serves(shape(Shape.of(2, 8, 8, 5), Shape.of(3, 3, 5, 4), Window.of(3, 3))))
                .isFalse();
        assertThat(FewChannels.serves(shape(Shape.of(2, 4, 8, 8, 1), Shape.of(1, 3, 3, 1, 4), Window.of(1, 3, 3))))
                .isFalse();
        assertThat(FewChannels.serves(shape(Shape.of(0, 8, 8, 1), kernel, Window.of(3, 3))))
                .isFalse();
    }
}
