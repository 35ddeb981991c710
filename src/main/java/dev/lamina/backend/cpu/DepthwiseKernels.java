package dev.lamina.backend.cpu;

import dev.lamina.ops.ConvolutionOp;
import dev.lamina.ops.WindowFrame;
import dev.lamina.ops.WindowFrame.Span;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The convolution with as many groups as channels, without matrices: row by row, all channels beside each other are
 * multiplied by the kernel's element and added. As matrix products it would be as many as there are channels, of one
 * column each.
 */
final class DepthwiseKernels {
    private static final long GRAIN = 4 << 10;

    /** The number of partial sums of the kernel's gradient, each over a fixed share of the rows. */
    private static final int PARTIALS = 16;

    private final CpuThreads threads;

    DepthwiseKernels(CpuThreads threads) {
        this.threads = threads;
    }

    static boolean applies(ConvolutionShape shape) {
        return shape.groups() > 1 && shape.groupChannels() == 1;
    }

    /** Only the gradient of the kernel keeps something: its partial sums, as doubles. */
    static long workspaceBytes(ConvolutionOp op, ConvolutionShape shape) {
        return switch (op) {
            case ConvolutionOp.Conv _, ConvolutionOp.InputBackward _ -> 0;
            case ConvolutionOp.KernelBackward _ -> partials(shape) * kernelElements(shape) * Double.BYTES;
        };
    }

    private static long kernelElements(ConvolutionShape shape) {
        return (long) shape.frame().taps() * shape.filters();
    }

    private static int partials(ConvolutionShape shape) {
        return Math.clamp((long) shape.frame().images() * outRows(shape.frame()), 1, PARTIALS);
    }

    private static int outRows(WindowFrame frame) {
        return frame.depth().places() * frame.height().places();
    }

    void run(ConvolutionOp op, ConvolutionShape shape, Operand[] in, Operand y, Operand workspace) {
        MemorySegment a = CpuBuffer.data(in[0]);
        MemorySegment b = CpuBuffer.data(in[1]);
        MemorySegment out = CpuBuffer.data(y);
        switch (op) {
            case ConvolutionOp.Conv _ -> forward(new Rows(shape), a, b, out);
            case ConvolutionOp.InputBackward _ -> inputBackward(new Rows(shape), a, b, out);
            case ConvolutionOp.KernelBackward _ ->
                kernelBackward(new Rows(shape), a, b, out, CpuBuffer.data(workspace));
        }
    }

    /** Calls back for each row of an image, counted from the image's first, that a row of the window lies on. */
    private interface RowVisitor {
        /** @param tap the window's first element in that row */
        void at(int row, int tap);
    }

    /** The rows of images and of places, and what the loops over one pair of them need. */
    private record Rows(ConvolutionShape shape, WindowFrame frame, int channels, int filters, int multiplier) {
        Rows(ConvolutionShape shape) {
            this(shape, shape.frame(), shape.frame().channels(), shape.filters(), shape.groupFilters());
        }

        int elements() {
            return frame.width().input() * channels;
        }

        int outElements() {
            return frame.width().places() * filters;
        }

        void under(int outRow, RowVisitor visitor) {
            Span depth = frame.depth();
            Span height = frame.height();
            for (int kz = 0; kz < depth.size(); kz++) {
                int z = depth.at(outRow / height.places(), kz);
                for (int ky = 0; depth.has(z) && ky < height.size(); ky++) {
                    int y = height.at(outRow % height.places(), ky);
                    if (height.has(y)) {
                        visitor.at(
                                z * height.input() + y,
                                (kz * height.size() + ky) * frame.width().size());
                    }
                }
            }
        }

        /** Repeats each channel so that there is one for each filter. */
        void spread(double[] row, double[] spread) {
            for (int i = 0; i < elements(); i++) {
                Arrays.fill(spread, i * multiplier, (i + 1) * multiplier, row[i]);
            }
        }
    }

    private static double[] kernel(Rows rows, MemorySegment kernel) {
        double[] values = new double[Math.toIntExact(kernelElements(rows.shape))];
        Transfer.load(kernel, rows.shape.dtype(), 0, values, 0, values.length);
        return values;
    }

    /** Loads a row of an image, each channel as often as it has filters. */
    private static double[] load(Rows rows, MemorySegment images, long index) {
        Scratch scratch = Scratch.current();
        double[] row = scratch.row(0, rows.elements());
        Transfer.load(images, rows.shape.dtype(), index, row, 0, rows.elements());
        if (rows.multiplier == 1) {
            return row;
        }
        double[] spread = scratch.row(2, rows.elements() * rows.multiplier);
        rows.spread(row, spread);
        return spread;
    }

    private void forward(Rows rows, MemorySegment x, MemorySegment k, MemorySegment y) {
        WindowFrame frame = rows.frame;
        Span width = frame.width();
        int filters = rows.filters;
        double[] kernel = kernel(rows, k);
        int perImage = outRows(frame);
        DType dtype = rows.shape.dtype();
        threads.parallelFor((long) frame.images() * perImage, GRAIN / rows.outElements(), (part, first, last) -> {
            double[] sums = Scratch.current().row(1, rows.outElements());
            for (long at = first; at < last; at++) {
                long base = at / perImage * frame.imageElements();
                Arrays.fill(sums, 0, rows.outElements(), 0);
                rows.under((int) (at % perImage), (row, tap) -> {
                    double[] image = load(rows, x, base + (long) row * rows.elements());
                    for (int ox = 0; ox < width.places(); ox++) {
                        for (int kx = 0; kx < width.size(); kx++) {
                            int ix = width.at(ox, kx);
                            if (width.has(ix)) {
                                addProduct(
                                        sums, ox * filters, image, ix * filters, kernel, (tap + kx) * filters, filters);
                            }
                        }
                    }
                });
                Transfer.store(sums, 0, y, dtype, at * rows.outElements(), rows.outElements());
            }
        });
    }

    private static void addProduct(double[] sums, int at, double[] a, int fromA, double[] b, int fromB, int n) {
        for (int i = 0; i < n; i++) {
            sums[at + i] += a[fromA + i] * b[fromB + i];
        }
    }

    private void inputBackward(Rows rows, MemorySegment k, MemorySegment dy, MemorySegment dx) {
        WindowFrame frame = rows.frame;
        Span width = frame.width();
        int filters = rows.filters;
        int channels = rows.channels;
        double[] kernel = kernel(rows, k);
        int perImage = outRows(frame);
        int imageElements = Math.toIntExact(frame.imageElements());
        DType dtype = rows.shape.dtype();
        threads.parallelFor(frame.images(), 1, (part, first, last) -> {
            Scratch scratch = Scratch.current();
            double[] sums = scratch.row(1, imageElements);
            double[] gradients = scratch.row(0, rows.outElements());
            for (long image = first; image < last; image++) {
                Arrays.fill(sums, 0, imageElements, 0);
                for (int outRow = 0; outRow < perImage; outRow++) {
                    long index = (image * perImage + outRow) * rows.outElements();
                    Transfer.load(dy, dtype, index, gradients, 0, rows.outElements());
                    rows.under(outRow, (row, tap) -> {
                        for (int ox = 0; ox < width.places(); ox++) {
                            for (int kx = 0; kx < width.size(); kx++) {
                                int ix = width.at(ox, kx);
                                if (width.has(ix)) {
                                    int to = row * rows.elements() + ix * channels;
                                    int of = (tap + kx) * filters;
                                    addBack(rows, sums, to, gradients, ox * filters, kernel, of);
                                }
                            }
                        }
                    });
                }
                Transfer.store(sums, 0, dx, dtype, image * imageElements, imageElements);
            }
        });
    }

    /** Adds to each channel the products of its filters. */
    private static void addBack(Rows rows, double[] sums, int at, double[] dy, int fromDy, double[] k, int fromK) {
        if (rows.multiplier == 1) {
            addProduct(sums, at, dy, fromDy, k, fromK, rows.channels);
            return;
        }
        for (int i = 0; i < rows.filters; i++) {
            sums[at + i / rows.multiplier] += dy[fromDy + i] * k[fromK + i];
        }
    }

    private void kernelBackward(
            Rows rows, MemorySegment x, MemorySegment dy, MemorySegment dk, MemorySegment partials) {
        WindowFrame frame = rows.frame;
        Span width = frame.width();
        int filters = rows.filters;
        int perImage = outRows(frame);
        int elements = Math.toIntExact(kernelElements(rows.shape));
        int shares = partials(rows.shape);
        long all = (long) frame.images() * perImage;
        DType dtype = rows.shape.dtype();
        threads.parallelFor(shares, 1, (part, first, last) -> {
            Scratch scratch = Scratch.current();
            double[] sums = scratch.row(1, elements);
            double[] gradients = scratch.row(3, rows.outElements());
            for (long share = first; share < last; share++) {
                Arrays.fill(sums, 0, elements, 0);
                for (long at = all * share / shares; at < all * (share + 1) / shares; at++) {
                    long base = at / perImage * frame.imageElements();
                    Transfer.load(dy, dtype, at * rows.outElements(), gradients, 0, rows.outElements());
                    rows.under((int) (at % perImage), (row, tap) -> {
                        double[] image = load(rows, x, base + (long) row * rows.elements());
                        for (int ox = 0; ox < width.places(); ox++) {
                            for (int kx = 0; kx < width.size(); kx++) {
                                int ix = width.at(ox, kx);
                                if (width.has(ix)) {
                                    int to = (tap + kx) * filters;
                                    addProduct(sums, to, gradients, ox * filters, image, ix * filters, filters);
                                }
                            }
                        }
                    });
                }
                Transfer.store(sums, 0, partials, DType.FLOAT64, share * elements, elements);
            }
        });
        double[] sum = new double[elements];
        double[] next = new double[elements];
        for (long share = 0; share < shares; share++) {
            Transfer.load(partials, DType.FLOAT64, share * elements, next, 0, elements);
            for (int i = 0; i < elements; i++) {
                sum[i] += next[i];
            }
        }
        Transfer.store(sum, 0, dk, dtype, 0, elements);
    }
}
