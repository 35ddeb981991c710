package dev.lamina.backend.cpu;

import dev.lamina.ops.PoolingOp;
import dev.lamina.ops.Window;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Max pooling, an output row at a time: the image rows under the window are loaded first. A window that lies in the
 * padding altogether (possible with dilation only) gives minus infinity.
 */
final class PoolingKernels {
    private static final long GRAIN = 16 << 10;

    private final CpuThreads threads;

    PoolingKernels(CpuThreads threads) {
        this.threads = threads;
    }

    void run(PoolingOp op, Operand[] inputs, Operand[] outputs) {
        switch (op) {
            case PoolingOp.MaxPool2D pool -> forward(pool.window(), inputs[0], outputs[0]);
            case PoolingOp.MaxPool2DBackward pool -> backward(pool.window(), inputs, outputs[0]);
        }
    }

    /** The sizes that both directions need. */
    private record Geometry(
            Window window, int height, int width, int channels, int outHeight, int outWidth, int top, int left) {
        static Geometry of(Window window, Operand x) {
            int height = x.shape().size(1);
            int width = x.shape().size(2);
            return new Geometry(
                    window,
                    height,
                    width,
                    x.shape().size(3),
                    window.outputHeight(height),
                    window.outputWidth(width),
                    window.padTop(height),
                    window.padLeft(width));
        }

        int rowElements() {
            return width * channels;
        }

        int outRowElements() {
            return outWidth * channels;
        }

        /** The image row under a row of the window; outside of the image for padding. */
        int y(int oy, int ky) {
            return oy * window.strideY() - top + ky * window.dilationY();
        }

        int x(int ox, int kx) {
            return ox * window.strideX() - left + kx * window.dilationX();
        }

        boolean hasRow(int y) {
            return y >= 0 && y < height;
        }

        boolean hasColumn(int x) {
            return x >= 0 && x < width;
        }
    }

    private void forward(Window window, Operand x, Operand y) {
        Geometry g = Geometry.of(window, x);
        MemorySegment in = CpuBuffer.data(x);
        MemorySegment out = CpuBuffer.data(y);
        long rows = (long) x.shape().size(0) * g.outHeight;
        threads.parallelFor(rows, GRAIN / Math.max(1, g.rowElements()), (part, first, last) -> {
            Scratch scratch = Scratch.current();
            double[] image = scratch.row(0, g.rowElements());
            double[] best = scratch.row(1, g.outRowElements());
            for (long row = first; row < last; row++) {
                int oy = (int) (row % g.outHeight);
                Arrays.fill(best, 0, g.outRowElements(), Double.NEGATIVE_INFINITY);
                for (int ky = 0; ky < window.height(); ky++) {
                    int iy = g.y(oy, ky);
                    if (g.hasRow(iy)) {
                        long index = (row / g.outHeight * g.height + iy) * g.rowElements();
                        Transfer.load(in, x.dtype(), index, image, 0, g.rowElements());
                        maxRow(g, image, best);
                    }
                }
                Transfer.store(best, 0, out, y.dtype(), row * g.outRowElements(), g.outRowElements());
            }
        });
    }

    private static void maxRow(Geometry g, double[] image, double[] best) {
        for (int ox = 0; ox < g.outWidth; ox++) {
            for (int kx = 0; kx < g.window.width(); kx++) {
                int ix = g.x(ox, kx);
                if (g.hasColumn(ix)) {
                    max(best, ox * g.channels, image, ix * g.channels, g.channels);
                }
            }
        }
    }

    private static void max(double[] best, int at, double[] x, int from, int n) {
        for (int c = 0; c < n; c++) {
            best[at + c] = Math.max(best[at + c], x[from + c]);
        }
    }

    private void backward(Window window, Operand[] in, Operand dx) {
        Operand x = in[0];
        Geometry g = Geometry.of(window, x);
        MemorySegment images = CpuBuffer.data(x);
        MemorySegment maxima = CpuBuffer.data(in[1]);
        MemorySegment gradients = CpuBuffer.data(in[2]);
        MemorySegment out = CpuBuffer.data(dx);
        DType dtype = x.dtype();
        long imageElements = (long) g.height * g.rowElements();
        int taps = window.height();
        threads.parallelFor(x.shape().size(0), 1, (part, first, last) -> {
            Scratch scratch = Scratch.current();
            double[] image = scratch.row(0, taps * g.rowElements());
            // A whole image, so that half-precision gradients are rounded once.
            int imageSize = Math.toIntExact(imageElements);
            double[] sums = scratch.row(1, imageSize);
            double[] y = scratch.row(2, g.outRowElements());
            double[] dy = scratch.row(3, g.outRowElements());
            for (long row = first * g.outHeight; row < last * g.outHeight; row++) {
                int oy = (int) (row % g.outHeight);
                long base = row / g.outHeight * imageElements;
                if (oy == 0) {
                    Arrays.fill(sums, 0, imageSize, 0);
                }
                for (int ky = 0; ky < taps; ky++) {
                    if (g.hasRow(g.y(oy, ky))) {
                        long index = base + (long) g.y(oy, ky) * g.rowElements();
                        Transfer.load(images, dtype, index, image, ky * g.rowElements(), g.rowElements());
                    }
                }
                Transfer.load(maxima, dtype, row * g.outRowElements(), y, 0, g.outRowElements());
                Transfer.load(gradients, dtype, row * g.outRowElements(), dy, 0, g.outRowElements());
                for (int i = 0; i < g.outRowElements(); i++) {
                    int winner = winner(g, oy, i / g.channels, i % g.channels, image, y[i]);
                    if (winner >= 0) {
                        int y0 = g.y(oy, winner / g.rowElements());
                        sums[y0 * g.rowElements() + winner % g.rowElements()] += dy[i];
                    }
                }
                if (oy == g.outHeight - 1) {
                    Transfer.store(sums, 0, out, dtype, base, imageSize);
                }
            }
        });
    }

    /** Where the first element of a window that equals its maximum lies in the loaded rows; -1 if none does (NaN). */
    private static int winner(Geometry g, int oy, int ox, int channel, double[] image, double maximum) {
        for (int ky = 0; ky < g.window.height(); ky++) {
            if (!g.hasRow(g.y(oy, ky))) {
                continue;
            }
            for (int kx = 0; kx < g.window.width(); kx++) {
                int ix = g.x(ox, kx);
                int at = ky * g.rowElements() + ix * g.channels + channel;
                if (g.hasColumn(ix) && image[at] == maximum) {
                    return at;
                }
            }
        }
        return -1;
    }
}
