package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.ops.ConvolutionOp.Conv;
import dev.lamina.ops.ConvolutionOp.InputBackward;
import dev.lamina.ops.ConvolutionOp.KernelBackward;
import dev.lamina.ops.Op;
import dev.lamina.ops.Window;
import dev.lamina.ops.Window.Padding;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Convolution and both its gradients against seven nested loops. */
class ConvolutionKernelsTest {
    /** Images, height, width, channels, filters, groups. */
    private static final int[][] SIZES = {
        {2, 5, 6, 3, 4, 1},
        {1, 7, 7, 1, 6, 1},
        {3, 4, 9, 4, 6, 2},
        {2, 6, 5, 6, 6, 6},
        {3, 5, 6, 3, 9, 3},
        {5, 13, 4, 2, 1, 1},
        {1, 8, 8, 20, 3, 1},
        {0, 5, 5, 2, 3, 1},
    };

    private final Runner one = new Runner(1);
    private final Runner three = new Runner(3);
    private final Runner patches = new Runner(3, false);

    private interface Visitor {
        void at(long x, long kernel, long y);
    }

    /** Visits all triples of elements that a convolution multiplies and adds. */
    private static void walk(Window w, int groups, Shape x, Shape kernel, Shape y, Visitor visitor) {
        Window.Axis high = w.axes().get(0);
        Window.Axis wide = w.axes().get(1);
        int perGroup = kernel.size(2);
        int filtersPerGroup = kernel.size(3) / groups;
        for (int image = 0; image < x.size(0); image++) {
            for (int oy = 0; oy < y.size(1); oy++) {
                for (int ox = 0; ox < y.size(2); ox++) {
                    for (int filter = 0; filter < kernel.size(3); filter++) {
                        for (int ky = 0; ky < high.size(); ky++) {
                            for (int kx = 0; kx < wide.size(); kx++) {
                                int iy = oy * high.stride() + ky * high.dilation() - high.before(x.size(1));
                                int ix = ox * wide.stride() + kx * wide.dilation() - wide.before(x.size(2));
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
        HostArray kernel =
                Runner.random(2, dtype, window.size().size(0), window.size().size(1), sizes[3] / groups, sizes[4]);
        Conv op = new Conv(window, groups);
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
        compare(what, new InputBackward(window, groups, x.shape()), expectedDx, kernel, dy);
        compare(what, new KernelBackward(window, groups, kernel.shape()), expectedDk, x, dy);
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
        Tolerance.check(
                op.opName() + " " + what + " by patches", patches.run(op, a, b), expected, precision, 10 * precision);
    }

    @Test
    void agreesWithNestedLoops() {
        for (Padding padding : List.of(Padding.VALID, Padding.SAME, new Window.Fixed(2, 1))) {
            for (int[] sizes : SIZES) {
                check(Window.of(3, 3).padding(padding), sizes, DType.FLOAT32);
                check(Window.of(1, 1).padding(padding), sizes, DType.FLOAT32);
                check(Window.of(1, 1).strides(2, 3).padding(padding), sizes, DType.FLOAT32);
                check(Window.of(2, 3).strides(2, 1).padding(padding), sizes, DType.FLOAT32);
                check(Window.of(3, 3).strides(2).padding(padding), sizes, DType.FLOAT32);
                check(Window.of(4, 2).strides(3, 2).padding(padding), sizes, DType.FLOAT32);
                check(Window.of(2, 2).dilation(2, 3).padding(padding), sizes, DType.FLOAT32);
                check(Window.of(3, 1).strides(2).dilation(1, 2).padding(padding), sizes, DType.FLOAT32);
            }
        }
    }

    @Test
    void computesInAllFloatTypes() {
        for (DType dtype : new DType[] {DType.FLOAT64, DType.BFLOAT16, DType.FLOAT16}) {
            check(Window.of(3, 3).padding(Padding.SAME), new int[] {3, 4, 9, 4, 6, 2}, dtype);
            check(Window.of(2, 3).strides(2, 1), new int[] {2, 5, 6, 3, 4, 1}, dtype);
            check(Window.of(1, 1), new int[] {2, 5, 6, 4, 4, 2}, dtype);
            check(Window.of(3, 2).strides(2, 1).padding(Padding.SAME), new int[] {2, 5, 6, 4, 8, 4}, dtype);
        }
    }

    /** Large enough for several bands an image, several partial sums and both ways to share a product. */
    @Test
    void agreesWithNestedLoopsInManyBands() {
        check(Window.of(3, 3).padding(Padding.SAME), new int[] {2, 40, 40, 24, 8, 1}, DType.FLOAT32);
        check(Window.of(3, 3).padding(Padding.SAME), new int[] {1, 33, 50, 32, 16, 2}, DType.FLOAT32);
        check(Window.of(5, 5).padding(Padding.SAME), new int[] {3, 9, 9, 64, 48, 1}, DType.FLOAT32);
        check(Window.of(1, 1).padding(Padding.SAME), new int[] {2, 60, 60, 32, 40, 1}, DType.FLOAT32);
    }

    /** Rows whose patches are more than a band: they are cut into strips. */
    @Test
    void agreesWithNestedLoopsOnLongRows() {
        check(Window.of(3, 3).padding(Padding.SAME), new int[] {1, 2, 3000, 16, 3, 1}, DType.FLOAT32);
        check(Window.of(1, 5).padding(Padding.SAME), new int[] {2, 1, 1501, 100, 2, 2}, DType.FLOAT32);
        check(Window.of(1, 101).dilation(1, 3), new int[] {1, 2, 1500, 2, 3, 1}, DType.FLOAT32);
        check(Window.of(1, 200).strides(1, 5).padding(Padding.SAME), new int[] {1, 1, 2003, 3, 2, 1}, DType.FLOAT32);
    }

    @Test
    void givesTheSameGradientOfTheKernelForAnyNumberOfThreads() {
        Window window = Window.of(3, 3).padding(Padding.SAME);
        HostArray x = Runner.random(1, DType.FLOAT32, 20, 14, 14, 8);
        HostArray dy = Runner.random(2, DType.FLOAT32, 20, 14, 14, 16);
        KernelBackward op = new KernelBackward(window, 1, Shape.of(3, 3, 8, 16));
        HostArray expected = one.run(op, x, dy);
        HostArray byPatches = new Runner(1, false).run(op, x, dy);
        for (int i = 0; i < 20; i++) {
            assertThat(three.run(op, x, dy).data().mismatch(expected.data())).isEqualTo(-1);
            assertThat(patches.run(op, x, dy).data().mismatch(byPatches.data())).isEqualTo(-1);
        }
    }

    /** Images that the threads' parts share out unevenly, and a kernel that oneDNN wants in another order. */
    @Test
    void givesTheSameBitsInEachRun() {
        Window window = Window.of(3, 3);
        HostArray x = Runner.random(1, DType.FLOAT32, 13, 14, 14, 32);
        HostArray kernel = Runner.random(2, DType.FLOAT32, 3, 3, 32, 48);
        Conv op = new Conv(window, 1);
        HostArray y = three.run(op, x, kernel);
        InputBackward backward = new InputBackward(window, 1, x.shape());
        HostArray dx = three.run(backward, kernel, y);
        for (int i = 0; i < 20; i++) {
            assertThat(three.run(op, x, kernel).data().mismatch(y.data())).isEqualTo(-1);
            assertThat(three.run(backward, kernel, y).data().mismatch(dx.data()))
                    .isEqualTo(-1);
        }
    }
}
