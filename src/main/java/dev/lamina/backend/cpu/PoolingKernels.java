package dev.lamina.backend.cpu;

import dev.lamina.ops.PoolingOp;
import dev.lamina.ops.WindowFrame;
import dev.lamina.ops.WindowFrame.Span;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Pooling; most max pooling is {@link FloatMaxPooling}'s. What is left goes a row of places at a time: the image rows
 * under the window are loaded first. A window that lies in the padding altogether has the maximum minus infinity and
 * the mean 0.
 */
final class PoolingKernels {
    private static final long GRAIN = 16 << 10;

    private final CpuThreads threads;
    private final boolean natively;

    /** @param natively whether native loops may run */
    PoolingKernels(CpuThreads threads, boolean natively) {
        this.threads = threads;
        this.natively = natively;
    }

    /** Binds pooling to its memory. */
    Runnable prepare(PoolingOp op, Operand[] inputs, Operand[] outputs) {
        Operand x = inputs[0];
        Operand y = outputs[0];
        return switch (op) {
            case PoolingOp.MaxPool pool -> {
                WindowFrame frame = pool.window().over(x.shape());
                yield FloatMaxPooling.pools(frame, x.dtype())
                        ? new FloatMaxPooling(threads, frame, natively).forward(CpuBuffer.data(x), CpuBuffer.data(y))
                        : () -> forward(new Rows(frame), true, x, y);
            }
            case PoolingOp.MaxPoolBackward pool -> {
                WindowFrame frame = pool.window().over(x.shape());
                yield FloatMaxPooling.poolsBackward(frame, x.dtype())
                        ? new FloatMaxPooling(threads, frame, natively)
                                .backward(
                                        CpuBuffer.data(x),
                                        CpuBuffer.data(inputs[1]),
                                        CpuBuffer.data(inputs[2]),
                                        CpuBuffer.data(y))
                        : () -> maxBackward(new Rows(frame), inputs, y);
            }
            case PoolingOp.AveragePool pool -> {
                Rows rows = new Rows(pool.window().over(x.shape()));
                yield () -> forward(rows, false, x, y);
            }
            case PoolingOp.AveragePoolBackward pool -> {
                Rows rows = new Rows(pool.window().over(pool.target()));
                yield () -> averageBackward(rows, x, y);
            }
        };
    }

    /** The rows of the images and of the places, each numbered through all images. */
    private record Rows(WindowFrame frame) {
        int elements() {
            return frame.width().input() * frame.channels();
        }

        int outElements() {
            return frame.width().places() * frame.channels();
        }

        /** The rows of places of one image. */
        int outRows() {
            return frame.depth().places() * frame.height().places();
        }

        /** The rows of the window. */
        int windowRows() {
            return frame.depth().size() * frame.height().size();
        }

        /** The row of the image, counted from the image's first, under a row of the window; -1 for padding. */
        int under(int outRow, int windowRow) {
            Span depth = frame.depth();
            Span height = frame.height();
            int z = depth.at(outRow / height.places(), windowRow / height.size());
            int y = height.at(outRow % height.places(), windowRow % height.size());
            return depth.has(z) && height.has(y) ? z * height.input() + y : -1;
        }

        /** How many rows of the window at a row of places lie on the image. */
        int inside(int outRow) {
            Span height = frame.height();
            return frame.depth().inside(outRow / height.places()) * height.inside(outRow % height.places());
        }
    }

    private void forward(Rows rows, boolean max, Operand x, Operand y) {
        MemorySegment in = CpuBuffer.data(x);
        MemorySegment out = CpuBuffer.data(y);
        long all = (long) rows.frame.images() * rows.outRows();
        threads.parallelFor(all, GRAIN / Math.max(1, rows.elements()), (part, first, last) -> {
            Scratch scratch = Scratch.current();
            double[] image = scratch.row(0, rows.elements());
            double[] result = scratch.row(1, rows.outElements());
            for (long row = first; row < last; row++) {
                int outRow = (int) (row % rows.outRows());
                long base = row / rows.outRows() * rows.frame.imageElements();
                Arrays.fill(result, 0, rows.outElements(), max ? Double.NEGATIVE_INFINITY : 0);
                for (int windowRow = 0; windowRow < rows.windowRows(); windowRow++) {
                    int under = rows.under(outRow, windowRow);
                    if (under >= 0) {
                        long index = base + (long) under * rows.elements();
                        Transfer.load(in, x.dtype(), index, image, 0, rows.elements());
                        collect(rows.frame, max, image, result);
                    }
                }
                if (!max) {
                    divide(rows.frame, rows.inside(outRow), result);
                }
                Transfer.store(result, 0, out, y.dtype(), row * rows.outElements(), rows.outElements());
            }
        });
    }

    /** Adds what one row of the window sees of one row of the image. */
    private static void collect(WindowFrame frame, boolean max, double[] image, double[] result) {
        int channels = frame.channels();
        Span width = frame.width();
        for (int ox = 0; ox < width.places(); ox++) {
            for (int kx = 0; kx < width.size(); kx++) {
                int x = width.at(ox, kx);
                if (!width.has(x)) {
                    continue;
                }
                if (max) {
                    max(result, ox * channels, image, x * channels, channels);
                } else {
                    add(result, ox * channels, image, x * channels, channels);
                }
            }
        }
    }

    private static void max(double[] best, int at, double[] x, int from, int n) {
        for (int c = 0; c < n; c++) {
            best[at + c] = Math.max(best[at + c], x[from + c]);
        }
    }

    private static void add(double[] sums, int at, double[] x, int from, int n) {
        for (int c = 0; c < n; c++) {
            sums[at + c] += x[from + c];
        }
    }

    /** Divides a row of places by how many elements of the window, so many of whose rows count, see the image. */
    private static void divide(WindowFrame frame, int rows, double[] sums) {
        int channels = frame.channels();
        for (int ox = 0; ox < frame.width().places(); ox++) {
            double count = Math.max(1, rows * frame.width().inside(ox));
            for (int i = ox * channels; i < (ox + 1) * channels; i++) {
                sums[i] /= count;
            }
        }
    }

    /** Adds the gradients of one row of places to a whole image's, which are rounded once at the end. */
    private interface RowGradients {
        void add(long row, int outRow, double[] sums);
    }

    private void backward(Rows rows, Operand dx, RowGradients gradients) {
        MemorySegment out = CpuBuffer.data(dx);
        int imageElements = Math.toIntExact(rows.frame.imageElements());
        threads.parallelFor(rows.frame.images(), 1, (part, first, last) -> {
            double[] sums = Scratch.current().row(1, imageElements);
            for (long image = first; image < last; image++) {
                Arrays.fill(sums, 0, imageElements, 0);
                for (int outRow = 0; outRow < rows.outRows(); outRow++) {
                    gradients.add(image * rows.outRows() + outRow, outRow, sums);
                }
                Transfer.store(sums, 0, out, dx.dtype(), image * imageElements, imageElements);
            }
        });
    }

    private void maxBackward(Rows rows, Operand[] in, Operand dx) {
        MemorySegment images = CpuBuffer.data(in[0]);
        MemorySegment maxima = CpuBuffer.data(in[1]);
        MemorySegment gradients = CpuBuffer.data(in[2]);
        DType dtype = dx.dtype();
        int channels = rows.frame.channels();
        int elements = rows.elements();
        backward(rows, dx, (row, outRow, sums) -> {
            Scratch scratch = Scratch.current();
            double[] image = scratch.row(0, rows.windowRows() * elements);
            double[] y = scratch.row(2, rows.outElements());
            double[] dy = scratch.row(3, rows.outElements());
            int[] under = new int[rows.windowRows()];
            for (int windowRow = 0; windowRow < under.length; windowRow++) {
                under[windowRow] = rows.under(outRow, windowRow);
                if (under[windowRow] >= 0) {
                    long index = row / rows.outRows() * rows.frame.imageElements() + (long) under[windowRow] * elements;
                    Transfer.load(images, dtype, index, image, windowRow * elements, elements);
                }
            }
            Transfer.load(maxima, dtype, row * rows.outElements(), y, 0, rows.outElements());
            Transfer.load(gradients, dtype, row * rows.outElements(), dy, 0, rows.outElements());
            for (int i = 0; i < rows.outElements(); i++) {
                int winner = winner(rows, under, i / channels, i % channels, image, y[i]);
                if (winner >= 0) {
                    sums[under[winner / elements] * elements + winner % elements] += dy[i];
                }
            }
        });
    }

    /** Where the first element of a window that equals its maximum lies in the loaded rows; -1 if none does (NaN). */
    private static int winner(Rows rows, int[] under, int ox, int channel, double[] image, double maximum) {
        Span width = rows.frame.width();
        for (int windowRow = 0; windowRow < under.length; windowRow++) {
            if (under[windowRow] < 0) {
                continue;
            }
            for (int kx = 0; kx < width.size(); kx++) {
                int x = width.at(ox, kx);
                int at = windowRow * rows.elements() + x * rows.frame.channels() + channel;
                if (width.has(x) && image[at] == maximum) {
                    return at;
                }
            }
        }
        return -1;
    }

    private void averageBackward(Rows rows, Operand dy, Operand dx) {
        MemorySegment gradients = CpuBuffer.data(dy);
        Span width = rows.frame.width();
        int channels = rows.frame.channels();
        backward(rows, dx, (row, outRow, sums) -> {
            double[] shares = Scratch.current().row(2, rows.outElements());
            Transfer.load(gradients, dy.dtype(), row * rows.outElements(), shares, 0, rows.outElements());
            divide(rows.frame, rows.inside(outRow), shares);
            for (int windowRow = 0; windowRow < rows.windowRows(); windowRow++) {
                int under = rows.under(outRow, windowRow);
                for (int i = 0; under >= 0 && i < width.places() * width.size(); i++) {
                    int x = width.at(i / width.size(), i % width.size());
                    if (width.has(x)) {
                        int at = under * rows.elements() + x * channels;
                        add(sums, at, shares, i / width.size() * channels, channels);
                    }
                }
            }
        });
    }
}
