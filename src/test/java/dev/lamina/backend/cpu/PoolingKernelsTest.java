package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.ops.PoolingOp.MaxPool2D;
import dev.lamina.ops.PoolingOp.MaxPool2DBackward;
import dev.lamina.ops.Window;
import dev.lamina.ops.Window.Padding;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Max pooling and its gradient against nested loops. */
class PoolingKernelsTest {
    private final Runner one = new Runner(1);
    private final Runner three = new Runner(3);

    private void check(Window w, DType dtype, int... sizes) {
        // Few different values, so that equal maxima occur.
        HostArray x = Runner.random(1, DType.INT32, sizes).cast(dtype);
        MaxPool2D op = new MaxPool2D(w);
        HostArray y = three.run(op, x);
        HostArray dy = Runner.random(2, DType.INT32, y.shape().sizes()).cast(dtype);
        HostArray expected = HostArray.zeros(y.shape(), DType.FLOAT64);
        HostArray expectedDx = HostArray.zeros(x.shape(), DType.FLOAT64);
        for (long i = 0; i < y.elements(); i++) {
            int[] at = Index.positions(i, y.shape());
            double best = Double.NEGATIVE_INFINITY;
            long winner = -1;
            for (int ky = 0; ky < w.height(); ky++) {
                for (int kx = 0; kx < w.width(); kx++) {
                    int iy = at[1] * w.strideY() + ky * w.dilationY() - w.padTop(sizes[1]);
                    int ix = at[2] * w.strideX() + kx * w.dilationX() - w.padLeft(sizes[2]);
                    if (iy < 0 || iy >= sizes[1] || ix < 0 || ix >= sizes[2]) {
                        continue;
                    }
                    long index = Index.of(new int[] {at[0], iy, ix, at[3]}, x.shape());
                    if (x.getDouble(index) > best) {
                        best = x.getDouble(index);
                        winner = index;
                    }
                }
            }
            expected.setDouble(i, best);
            if (winner >= 0) {
                expectedDx.setDouble(winner, expectedDx.getDouble(winner) + dy.getDouble(i));
            }
        }
        String what = w + " " + dtype + " " + Arrays.toString(sizes);
        Tolerance.check(what, y, expected, 0, 0);
        Tolerance.check(what, one.run(op, x), expected, 0, 0);
        Tolerance.check("backward " + what, one.run(new MaxPool2DBackward(w), x, y, dy), expectedDx, 0, 0);
        Tolerance.check("backward " + what, three.run(new MaxPool2DBackward(w), x, y, dy), expectedDx, 0, 0);
    }

    @Test
    void agreesWithNestedLoops() {
        for (Padding padding : Padding.values()) {
            for (int[] sizes : new int[][] {{2, 6, 6, 3}, {1, 7, 5, 1}, {4, 9, 13, 6}, {0, 4, 4, 2}, {3, 40, 40, 16}}) {
                check(new Window(2, 2, 2, 2, 1, 1, padding), DType.FLOAT32, sizes);
                check(new Window(3, 3, 1, 1, 1, 1, padding), DType.FLOAT32, sizes);
                check(new Window(3, 2, 2, 3, 1, 1, padding), DType.FLOAT32, sizes);
                check(new Window(1, 1, 3, 2, 1, 1, padding), DType.FLOAT32, sizes);
                check(new Window(2, 2, 1, 1, 2, 3, padding), DType.FLOAT32, sizes);
            }
        }
    }

    @Test
    void poolsAllFloatTypes() {
        for (DType dtype : new DType[] {DType.FLOAT64, DType.BFLOAT16, DType.FLOAT16}) {
            check(new Window(3, 2, 2, 1, 1, 1, Padding.SAME), dtype, 2, 7, 6, 5);
        }
    }

    @Test
    void propagatesNanAndNegativeNumbersBesidePadding() {
        HostArray x = HostArray.of(new float[] {Float.NaN, -1, -2, -3}, 1, 2, 2, 1);
        Window same = new Window(2, 2, 1, 1, 1, 1, Padding.SAME);
        assertThat(one.run(new MaxPool2D(same), x).toFloatArray()).containsExactly(Float.NaN, -1, -2, -3);
    }
}
