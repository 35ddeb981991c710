package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.ops.FusedOp;
import dev.lamina.ops.PooledConvolutionBackward;
import dev.lamina.ops.PoolingOp;
import dev.lamina.ops.Window;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** For which sizes the gradients of a convolution and its pooling are one op, and that threads don't change a bit. */
final class PooledGradientKernelsTest {
    private static final Window PAIRS = Window.of(2, 2).strides(2);

    @BeforeAll
    static void needsTheLibraries() {
        Libraries.needProducts();
        Libraries.needOneDnn();
    }

    private static PooledConvolutionBackward op(Window pool, boolean images) {
        return new PooledConvolutionBackward(
                new FusedOp.Convolution(Window.of(3, 3), 1), new PoolingOp.MaxPool(pool), images);
    }

    private static boolean serves(Window pool, int batch, int size, int channels, int filters) {
        Shape pooled = Shape.of(batch, (size - 2) / 2, (size - 2) / 2, filters);
        List<TensorSpec> inputs = Stream.of(Shape.of(batch, size, size, channels), Shape.of(3, 3, channels, filters))
                .map(shape -> new TensorSpec(shape, DType.FLOAT32))
                .toList();
        List<TensorSpec> all = Stream.concat(
                        inputs.stream(),
                        Stream.of(new TensorSpec(pooled, DType.UINT8), new TensorSpec(pooled, DType.FLOAT32)))
                .toList();
        return new Runner(2).backend.fuses(op(pool, true), all);
    }

    @ParameterizedTest
    @CsvSource({"28, 1, 32", "13, 32, 64", "16, 3, 32"})
    void servesUsualSizesForAnyBatch(int size, int channels, int filters) {
        for (int batch : new int[] {8, 13, 20, 32, 50, 64, 100, 128, 207}) {
            assertThat(serves(PAIRS, batch, size, channels, filters))
                    .as("a batch of %d", batch)
                    .isTrue();
        }
    }

    @Test
    void leavesWhatSingleOpsDoAsWell() {
        assertThat(serves(PAIRS, 2, 9, 3, 4)).as("small images").isFalse();
        assertThat(serves(PAIRS, 8, 60, 3, 32))
                .as("images of more rows than a sum's chunk has")
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({"20, 28, 1, 32, false", "13, 13, 6, 64, true", "64, 13, 4, 64, true"})
    void threadsDontChangeABit(int batch, int size, int channels, int filters, boolean images) {
        PooledConvolutionBackward op = op(PAIRS, images);
        int places = (size - 2) / 2;
        HostArray x = Runner.random(1, DType.FLOAT32, batch, size, size, channels);
        HostArray kernel = Runner.random(2, DType.FLOAT32, 3, 3, channels, filters);
        HostArray winners = HostArray.zeros(Shape.of(batch, places, places, filters), DType.UINT8)
                .fill(i -> i * 7 % 5);
        HostArray dy = Runner.random(3, DType.FLOAT32, batch, places, places, filters);
        List<HostArray> expected = new Runner(1).runAll(op, x, kernel, winners, dy);
        for (int threads : new int[] {2, 3, 5}) {
            List<HostArray> results = new Runner(threads).runAll(op, x, kernel, winners, dy);
            for (int i = 0; i < expected.size(); i++) {
                assertThat(results.get(i).data().mismatch(expected.get(i).data()))
                        .as("result %d by %d threads", i, threads)
                        .isEqualTo(-1);
            }
        }
    }
}
