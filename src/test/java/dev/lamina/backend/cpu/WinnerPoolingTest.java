package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.ops.Window;
import dev.lamina.ops.WindowFrame;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Max pooling that keeps its winners gives what max pooling and its gradient give, bit for bit, by all instructions.
 */
final class WinnerPoolingTest {
    private static final float[] RARE = {Float.NaN, -0f, 0f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};

    private final Random random = new Random(17);
    private final CpuThreads threads = new CpuThreads(1);

    @BeforeAll
    static void needsTheLibrary() {
        Libraries.needProducts();
    }

    /** Whole numbers, so that many are equal, and some that are no numbers. */
    private MemorySegment numbers(long n) {
        MemorySegment memory = Arena.ofAuto().allocate(n * Float.BYTES, Float.BYTES);
        for (long i = 0; i < n; i++) {
            float value = random.nextInt(15) == 0 ? RARE[random.nextInt(RARE.length)] : random.nextInt(-2, 3);
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
        }
        return memory;
    }

    private static MemorySegment room(long bytes) {
        return Arena.ofAuto().allocate(Math.max(1, bytes), Float.BYTES).fill((byte) 77);
    }

    private static int bits(MemorySegment memory, long i) {
        return memory.getAtIndex(ValueLayout.JAVA_INT, i);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 2, 2, 1, 2, 2",
        "3, 26, 26, 32, 2, 2",
        "2, 11, 11, 64, 2, 2",
        "2, 9, 8, 13, 3, 2",
        "4, 7, 12, 207, 1, 4",
        "1, 6, 5, 17, 6, 5",
        "2, 5, 6, 8, 2, 1"
    })
    void keepsTheBitsOfPoolingAndItsGradient(int images, int rows, int columns, int channels, int high, int wide) {
        Window window = Window.of(high, wide).strides(high, wide);
        WindowFrame frame = window.over(Shape.of(images, rows, columns, channels));
        assertThat(WinnerPooling.serves(frame, DType.FLOAT32)).isTrue();
        long elements = (long) images * rows * columns * channels;
        long pooled = (long) images * frame.places() * channels;
        for (int lanes : Products.widest() == 16 ? new int[] {8, 16} : new int[] {8}) {
            for (boolean cut : new boolean[] {false, true}) {
                MemorySegment x = numbers(elements);
                MemorySegment dy = numbers(pooled);
                MemorySegment maxima = room(pooled * Float.BYTES);
                new FloatMaxPooling(threads, frame, false).forward(x, maxima).run();
                MemorySegment gated = room(pooled * Float.BYTES);
                for (long i = 0; i < pooled; i++) {
                    float most = maxima.getAtIndex(ValueLayout.JAVA_FLOAT, i);
                    float gradient = dy.getAtIndex(ValueLayout.JAVA_FLOAT, i);
                    gated.setAtIndex(ValueLayout.JAVA_FLOAT, i, !cut || most > 0 ? gradient : 0);
                }
                MemorySegment expected = room(elements * Float.BYTES);
                new FloatMaxPooling(threads, frame, false)
                        .backward(x, maxima, gated, expected)
                        .run();
                MemorySegment y = room(pooled * Float.BYTES);
                MemorySegment winners = room(pooled);
                MemorySegment dx = room(elements * Float.BYTES);
                WinnerPooling pooling = new WinnerPooling(frame, lanes);
                pooling.pool(x, y, winners, images, cut);
                pooling.give(winners, dy, dx, images);
                for (long i = 0; i < pooled; i++) {
                    float most = maxima.getAtIndex(ValueLayout.JAVA_FLOAT, i);
                    float left = cut && most <= 0 ? 0 : most;
                    assertThat(bits(y, i))
                            .as("lanes %d, cut %s, maximum %d, seed 17", lanes, cut, i)
                            .isEqualTo(Float.floatToRawIntBits(left));
                    assertThat(Byte.toUnsignedInt(winners.get(ValueLayout.JAVA_BYTE, i)))
                            .as("lanes %d, cut %s, winner %d of %s, seed 17", lanes, cut, i, most)
                            .satisfies(winner ->
                                    assertThat(winner == 255).isEqualTo(Float.isNaN(most) || cut && most <= 0));
                }
                for (long i = 0; i < elements; i++) {
                    assertThat(bits(dx, i))
                            .as("lanes %d, cut %s, gradient %d, seed 17", lanes, cut, i)
                            .isEqualTo(bits(expected, i));
                }
            }
        }
    }

    @Test
    void otherWindowsAreNotItsOwn() {
        Shape x = Shape.of(2, 9, 8, 16);
        assertThat(WinnerPooling.serves(Window.of(2, 2).strides(2).over(x), DType.FLOAT32))
                .isTrue();
        assertThat(WinnerPooling.serves(Window.of(3, 3).strides(2).over(x), DType.FLOAT32))
                .as("windows that overlap")
                .isFalse();
        assertThat(WinnerPooling.serves(
                        Window.of(2, 2).strides(2).padding(Window.Padding.SAME).over(x), DType.FLOAT32))
                .as("padding")
                .isFalse();
        assertThat(WinnerPooling.serves(Window.of(2, 2).strides(2).over(x), DType.FLOAT64))
                .as("float64")
                .isFalse();
    }
}
