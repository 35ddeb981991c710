package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.ops.PoolingOp.AveragePool;
import dev.lamina.ops.PoolingOp.AveragePoolBackward;
import dev.lamina.ops.PoolingOp.MaxPool;
import dev.lamina.ops.PoolingOp.MaxPoolBackward;
import dev.lamina.ops.Window;
import dev.lamina.ops.Window.Padding;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Pooling and its gradients against nested loops. */
class PoolingKernelsTest {
    /** Whether native loops may run. */
    boolean fast() {
        return true;
    }

    private final Runner one = new Runner(1, fast());
    private final Runner three = new Runner(3, fast());

    private void check(Window w, DType dtype, int... sizes) {
        Window.Axis high = w.axes().get(0);
        Window.Axis wide = w.axes().get(1);
        // Few different values, so that equal maxima occur.
        HostArray x = Runner.random(1, DType.INT32, sizes).cast(dtype);
        MaxPool op = new MaxPool(w);
        HostArray y = three.run(op, x);
        HostArray dy = Runner.random(2, DType.INT32, y.shape().sizes()).cast(dtype);
        HostArray expected = HostArray.zeros(y.shape(), DType.FLOAT64);
        HostArray expectedDx = HostArray.zeros(x.shape(), DType.FLOAT64);
        HostArray mean = HostArray.zeros(y.shape(), DType.FLOAT64);
        HostArray meanDx = HostArray.zeros(x.shape(), DType.FLOAT64);
        for (long i = 0; i < y.elements(); i++) {
            int[] at = Index.positions(i, y.shape());
            double best = Double.NEGATIVE_INFINITY;
            long winner = -1;
            List<Long> seen = new ArrayList<>();
            for (int ky = 0; ky < high.size(); ky++) {
                for (int kx = 0; kx < wide.size(); kx++) {
                    int iy = at[1] * high.stride() + ky * high.dilation() - high.before(sizes[1]);
                    int ix = at[2] * wide.stride() + kx * wide.dilation() - wide.before(sizes[2]);
                    if (iy < 0 || iy >= sizes[1] || ix < 0 || ix >= sizes[2]) {
                        continue;
                    }
                    long index = Index.of(new int[] {at[0], iy, ix, at[3]}, x.shape());
                    seen.add(index);
                    if (x.getDouble(index) > best) {
                        best = x.getDouble(index);
                        winner = index;
                    }
                }
            }
            expected.setDouble(i, best);
            for (long index : seen) {
                mean.setDouble(i, mean.getDouble(i) + x.getDouble(index) / seen.size());
                meanDx.setDouble(index, meanDx.getDouble(index) + dy.getDouble(i) / seen.size());
            }
            if (winner >= 0) {
                expectedDx.setDouble(winner, expectedDx.getDouble(winner) + dy.getDouble(i));
            }
        }
        String what = w + " " + dtype + " " + Arrays.toString(sizes);
        Tolerance.check(what, y, expected, 0, 0);
        Tolerance.check(what, one.run(op, x), expected, 0, 0);
        Tolerance.check("backward " + what, one.run(new MaxPoolBackward(w), x, y, dy), expectedDx, 0, 0);
        Tolerance.check("backward " + what, three.run(new MaxPoolBackward(w), x, y, dy), expectedDx, 0, 0);
        double precision = switch (dtype) {
            case FLOAT32 -> 1e-6;
            case FLOAT64 -> 1e-14;
            case BFLOAT16 -> 0x1p-8;
            case FLOAT16 -> 0x1p-11;
            case INT32, INT64, UINT8, BOOL -> 0;
        };
        for (Runner runner : List.of(one, three)) {
            AveragePoolBackward backward = new AveragePoolBackward(w, x.shape());
            Tolerance.check("mean " + what, runner.run(new AveragePool(w), x), mean, precision, 5 * precision);
            Tolerance.check("mean backward " + what, runner.run(backward, dy), meanDx, precision, 5 * precision);
        }
    }

    @Test
    void agreesWithNestedLoops() {
        for (Padding padding : List.of(Padding.VALID, Padding.SAME, new Window.Fixed(0, 1))) {
            for (int[] sizes :
                    new int[][] {{2, 6, 6, 3}, {1, 7, 5, 1}, {4, 9, 13, 6}, {0, 4, 4, 2}, {3, 40, 40, 16}, {2, 7, 9, 19}
                    }) {
                check(Window.of(2, 2).strides(2).padding(padding), DType.FLOAT32, sizes);
                check(Window.of(3, 3).padding(padding), DType.FLOAT32, sizes);
                check(Window.of(3, 2).strides(2, 3).padding(padding), DType.FLOAT32, sizes);
                check(Window.of(1, 1).strides(3, 2).padding(padding), DType.FLOAT32, sizes);
                check(Window.of(2, 2).dilation(2, 3).padding(padding), DType.FLOAT32, sizes);
            }
        }
    }

    @Test
    void poolsAllFloatTypes() {
        for (DType dtype : new DType[] {DType.FLOAT64, DType.BFLOAT16, DType.FLOAT16}) {
            check(Window.of(3, 2).strides(2, 1).padding(Padding.SAME), dtype, 2, 7, 6, 5);
        }
    }

    @Test
    void propagatesNanAndNegativeNumbersBesidePadding() {
        HostArray x = HostArray.of(new float[] {Float.NaN, -1, -2, -3}, 1, 2, 2, 1);
        Window same = Window.of(2, 2).padding(Padding.SAME);
        assertThat(one.run(new MaxPool(same), x).toFloatArray()).containsExactly(Float.NaN, -1, -2, -3);
    }

    /** Float32 and float64 run different code. */
    @Test
    void givesEachGradientToTheFirstMaximumOfAnyKind() {
        Window window = Window.of(2, 2).strides(2);
        float infinite = Float.NEGATIVE_INFINITY;
        float[] x = {
            -0f,
            0,
            infinite,
            infinite,
            3,
            Float.NaN,
            Float.MIN_VALUE,
            0,
            Float.POSITIVE_INFINITY,
            1,
            0,
            -0f,
            infinite,
            infinite,
            3,
            3,
            -0f,
            Float.MIN_VALUE,
            Float.POSITIVE_INFINITY,
            1
        };
        float[] expected = {1, 0, 2, 0, 0, 0, 4, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
            HostArray images = HostArray.of(x, 1, 2, 10, 1).cast(dtype);
            HostArray y = one.run(new MaxPool(window), images);
            HostArray dy = HostArray.of(new float[] {1, 2, 3, 4, 5}, 1, 1, 5, 1).cast(dtype);
            HostArray dx = one.run(new MaxPoolBackward(window), images, y, dy);
            assertThat(dx.cast(DType.FLOAT32).toFloatArray())
                    .as(dtype.toString())
                    .containsExactly(expected);
        }
    }
}
