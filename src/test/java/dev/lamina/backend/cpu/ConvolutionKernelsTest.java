package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.ops.ConvolutionOp.Conv2D;
import dev.lamina.ops.ConvolutionOp.Conv2DInputBackward;
import dev.lamina.ops.ConvolutionOp.Conv2DKernelBackward;
import dev.lamina.ops.Op;
import dev.lamina.ops.Window;
import dev.lamina.ops.Window.Padding;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Convolution and both its gradients against seven nested loops. */
class ConvolutionKernelsTest {
    /** Images, height, width, channels, filters, groups. */
    private static final int[][] SIZES = {
        {2, 5, 6, 3, 4, 1},
        {1, 7, 7, 1, 6, 1},
        {3, 4, 9, 4, 6, 2},
        {2, 6, 5, 6, 6, 6},
        {5, 13, 4, 2, 1, 1},
        {1, 8, 8, 20, 3, 1},
        {0, 5, 5, 2, 3, 1},
    };

    private final Runner one = new Runner(1);
    private final Runner three = new Runner(3);

    private interface Visitor {
        void at(long x, long kernel, long y);
    }

    /** Visits all triples of elements that a convolution multiplies and adds. */
    private static void walk(Window w, int groups, Shape x, Shape kernel, Shape y, Visitor visitor) {
        int perGroup = kernel.size(2);
        int filtersPerGroup = kernel.size(3) / groups;
        for (int image = 0; image < x.size(0); image++) {
            for (int oy = 0; oy < y.size(1); oy++) {
                for (int ox = 0; ox < y.size(2); ox++) {
                    for (int filter = 0; filter < kernel.size(3); filter++) {
                        for (int ky = 0; ky < w.height(); ky++) {
                            for (int kx = 0; kx < w.width(); kx++) {
                                int iy = oy * w.strideY() + ky * w.dilationY() - w.padTop(x.size(1));
                                int ix = ox * w.strideX() + kx * w.dilationX() - w.padLeft(x.size(2));
                                if (iy < 0 || iy >= x.size(1) || ix < 0 || ix >= x.size(2)) {
                                    continue;
                                }
                                for (int c = 0; c < perGroup; c++) {
                                    int channel = filter / filtersPerGroup * perGroup + c;
                                    visitor.at(
                                            Index.of(new int[] {image, iy, ix, channel}, x),
                                            Index.of(new int[] {ky, kx, c, filter}, kernel),
                                            Index.of(new int[] {image, oy, ox, filter}, y));
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private void check(Window window, int[] sizes, DType dtype) {
        int groups = sizes[5];
        HostArray x = Runner.random(1, dtype, Arrays.copyOf(sizes, 4));
        HostArray kernel = Runner.random(2, dtype, window.height(), window.width(), sizes[3] / groups, sizes[4]);
        Conv2D op = new Conv2D(window, groups);
        HostArray y = three.run(op, x, kernel);
        HostArray dy = Runner.random(3, dtype, y.shape().sizes());
        HostArray expectedY = HostArray.zeros(y.shape(), DType.FLOAT64);
        HostArray expectedDx = HostArray.zeros(x.shape(), DType.FLOAT64);
        HostArray expectedDk = HostArray.zeros(kernel.shape(), DType.FLOAT64);
        walk(window, groups, x.shape(), kernel.shape(), y.shape(), (atX, atK, atY) -> {
            add(expectedY, atY, x.getDouble(atX) * kernel.getDouble(atK));
            add(expectedDx, atX, dy.getDouble(atY) * kernel.getDouble(atK));
            add(expectedDk, atK, dy.getDouble(atY) * x.getDouble(atX));
        });
        String what = window + " " + Arrays.toString(sizes);
        compare(what, op, expectedY, x, kernel);
        compare(what, new Conv2DInputBackward(window, groups, x.shape()), expectedDx, kernel, dy);
        compare(what, new Conv2DKernelBackward(window, groups, kernel.shape()), expectedDk, x, dy);
    }

    private static void add(HostArray sums, long at, double term) {
        sums.setDouble(at, sums.getDouble(at) + term);
    }

    private void compare(String what, Op op, HostArray expected, HostArray a, HostArray b) {
        double precision = switch (a.dtype()) {
            case FLOAT32 -> 1e-5;
            case FLOAT64 -> 1e-12;
            case BFLOAT16 -> 0x1p-8;
            case FLOAT16 -> 0x1p-10;
            case INT32, INT64, UINT8, BOOL -> 0;
        };
        Tolerance.check(
                op.opName() + " " + what + " " + a.dtype(), one.run(op, a, b), expected, precision, 10 * precision);
        Tolerance.check(
                op.opName() + " " + what + " three threads", three.run(op, a, b), expected, precision, 10 * precision);
    }

    @Test
    void agreesWithNestedLoops() {
        for (Padding padding : Padding.values()) {
            for (int[] sizes : SIZES) {
                check(new Window(3, 3, 1, 1, 1, 1, padding), sizes, DType.FLOAT32);
                check(new Window(1, 1, 1, 1, 1, 1, padding), sizes, DType.FLOAT32);
                check(new Window(1, 1, 2, 3, 1, 1, padding), sizes, DType.FLOAT32);
                check(new Window(2, 3, 2, 1, 1, 1, padding), sizes, DType.FLOAT32);
                check(new Window(3, 3, 2, 2, 1, 1, padding), sizes, DType.FLOAT32);
                check(new Window(4, 2, 3, 2, 1, 1, padding), sizes, DType.FLOAT32);
                check(new Window(2, 2, 1, 1, 2, 3, padding), sizes, DType.FLOAT32);
                check(new Window(3, 1, 2, 2, 1, 2, padding), sizes, DType.FLOAT32);
            }
        }
    }

    @Test
    void computesInAllFloatTypes() {
        for (DType dtype : new DType[] {DType.FLOAT64, DType.BFLOAT16, DType.FLOAT16}) {
            check(new Window(3, 3, 1, 1, 1, 1, Padding.SAME), new int[] {3, 4, 9, 4, 6, 2}, dtype);
            check(new Window(2, 3, 2, 1, 1, 1, Padding.VALID), new int[] {2, 5, 6, 3, 4, 1}, dtype);
            check(new Window(1, 1, 1, 1, 1, 1, Padding.VALID), new int[] {2, 5, 6, 4, 4, 2}, dtype);
        }
    }

    /** Large enough for several bands an image, several partial sums and both ways to share a product. */
    @Test
    void agreesWithNestedLoopsInManyBands() {
        check(new Window(3, 3, 1, 1, 1, 1, Padding.SAME), new int[] {2, 40, 40, 24, 8, 1}, DType.FLOAT32);
        check(new Window(3, 3, 1, 1, 1, 1, Padding.SAME), new int[] {1, 33, 50, 32, 16, 2}, DType.FLOAT32);
        check(new Window(5, 5, 1, 1, 1, 1, Padding.SAME), new int[] {3, 9, 9, 64, 48, 1}, DType.FLOAT32);
        check(new Window(1, 1, 1, 1, 1, 1, Padding.SAME), new int[] {2, 60, 60, 32, 40, 1}, DType.FLOAT32);
    }

    @Test
    void givesTheSameGradientOfTheKernelForAnyNumberOfThreads() {
        Window window = new Window(3, 3, 1, 1, 1, 1, Padding.SAME);
        HostArray x = Runner.random(1, DType.FLOAT32, 20, 14, 14, 8);
        HostArray dy = Runner.random(2, DType.FLOAT32, 20, 14, 14, 16);
        Conv2DKernelBackward op = new Conv2DKernelBackward(window, 1, Shape.of(3, 3, 8, 16));
        HostArray expected = one.run(op, x, dy);
        for (int i = 0; i < 20; i++) {
            assertThat(three.run(op, x, dy).data().mismatch(expected.data())).isEqualTo(-1);
        }
    }
}
