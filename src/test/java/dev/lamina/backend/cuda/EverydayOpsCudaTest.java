package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Ops made of several others, at sizes that need many of them. */
@ExtendWith({SimulatedDevice.class, OnCuda.class})
final class EverydayOpsCudaTest {
    private static final int SIZE = 1003;

    private final float[] numbers = new float[SIZE];

    {
        for (int i = 0; i < SIZE; i++) {
            numbers[i] = i % 7 - 3;
        }
    }

    private static double[] values(Tensor x) {
        return x.toHost().toDoubleArray();
    }

    @Test
    void runningSums() {
        double[] sums = new double[SIZE];
        double sum = 0;
        for (int i = 0; i < SIZE; i++) {
            sum += numbers[i];
            sums[i] = sum;
        }
        assertThat(values(Ops.cumsum(Ops.tensor(numbers), 0))).containsExactly(sums);
    }

    @Test
    void products() {
        HostArray x = HostArray.of(numbers).fill(i -> i % 5 == 0 ? -1 : 1 + (i % 3 - 1) * 0x1p-8);
        double product = Arrays.stream(x.toDoubleArray()).reduce(1, (a, b) -> a * b);
        assertThat(Ops.prod(Ops.tensor(x)).item()).isEqualTo(product, within(Math.abs(product) * 1e-4));
    }

    @Test
    void aHundredCopies() {
        Tensor tiled = Ops.tile(Ops.tensor(new float[] {1, 2, 3}, 1, 3), 101, 3);
        assertThat(tiled.shape()).isEqualTo(Shape.of(101, 9));
        assertThat(values(tiled))
                .containsExactly(
                        IntStream.range(0, 909).mapToDouble(i -> i % 3 + 1).toArray());
    }

    @Test
    void nothingAlongAnAxis() {
        Tensor empty = Ops.ones(2, 0);
        assertThat(values(Ops.any(empty, 1))).containsExactly(0, 0);
        assertThat(values(Ops.all(empty, 1))).containsExactly(1, 1);
        assertThat(values(Ops.logsumexp(empty, 1))).containsExactly(Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY);
    }

    @Test
    void takenApartAndStackedAgain() {
        Tensor x = Ops.tensor(numbers, 17, 59);
        assertThat(values(Ops.stack(Ops.unstack(x, 1), 1))).containsExactly(values(x));
    }
}
