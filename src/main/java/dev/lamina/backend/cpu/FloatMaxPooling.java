package dev.lamina.backend.cpu;

import dev.lamina.ops.WindowFrame;
import dev.lamina.ops.WindowFrame.Span;
import dev.lamina.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * Max pooling of float32 images of one or two spatial axes, a row of places at a time. What an element of the window
 * sees of a row is first copied together, so that the loops over it are long and all their arrays have the same index:
 * the JIT compiler vectorises no others. The gradient is computed here where windows don't overlap, so that each
 * element has one place at most.
 */
final class FloatMaxPooling {
    private static final long GRAIN = 16 << 10;
    /** With fewer the calls of native loops cost more than they save. */
    private static final int LEAST_CHANNELS = 8;

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfInt BITS = ValueLayout.JAVA_INT_UNALIGNED;

    /** The bits of a number that equals no maximum. */
    private static final int NAN = 0x7fffffff;

    private final CpuThreads threads;
    private final WindowFrame frame;
    private final boolean natively;
    private final Span height;
    private final Span width;
    private final int channels;
    private final int elements;
    private final int outElements;
    /** Whether no window sees padding along a row. */
    private final boolean inside;
    /** Whether each element of a row belongs to a window. */
    private final boolean covered;

    FloatMaxPooling(CpuThreads threads, WindowFrame frame, boolean natively) {
        this.threads = threads;
        this.frame = frame;
        this.natively = natively;
        this.height = frame.height();
        this.width = frame.width();
        this.channels = frame.channels();
        this.elements = width.input() * channels;
        this.outElements = width.places() * channels;
        this.inside =
                width.places() == 0 || width.before() == 0 && width.has(width.at(width.places() - 1, width.size() - 1));
        this.covered = inside && width.size() == width.stride() && width.places() * width.stride() == width.input();
    }

    /** Whether pooling runs here. */
    static boolean pools(WindowFrame frame, DType dtype) {
        return dtype == DType.FLOAT32
                && frame.depth().input() == 1
                && frame.depth().isIdentity();
    }

    /** Whether the gradient does. */
    static boolean poolsBackward(WindowFrame frame, DType dtype) {
        return pools(frame, dtype) && isApart(frame.height()) && isApart(frame.width());
    }

    private static boolean isApart(Span span) {
        return span.stride() > (span.size() - 1) * span.dilation();
    }

    private boolean isNative() {
        return natively && inside && channels >= LEAST_CHANNELS;
    }

    /** One for each part of the work. */
    private Loops.Rows[] rows(int parts) {
        Loops.Windows windows = new Loops.Windows(
                width.places(), channels, width.stride() * channels, width.size(), width.dilation() * channels);
        return Stream.generate(() -> new Loops.Rows(windows, height.size()))
                .limit(parts)
                .toArray(Loops.Rows[]::new);
    }

    /** Finds the rows of an image that a row of places sees. */
    private void see(long image, int oy, Loops.Rows rows) {
        rows.clear();
        for (int ky = 0; ky < height.size(); ky++) {
            int iy = height.at(oy, ky);
            if (height.has(iy)) {
                rows.add((image * height.input() + iy) * elements);
            }
        }
    }

    private CpuThreads.RangeBody nativeForward(MemorySegment x, MemorySegment y, int parts) {
        Loops.Rows[] all = rows(parts);
        return (part, first, last) -> {
            Loops.Rows rows = all[part];
            for (long place = first; place < last; place++) {
                see(place / height.places(), (int) (place % height.places()), rows);
                long at = place * outElements;
                if (rows.count() > 0) {
                    Loops.poolMax(x, rows, y, at);
                } else {
                    for (int i = 0; i < outElements; i++) {
                        y.setAtIndex(FLOAT, at + i, Float.NEGATIVE_INFINITY);
                    }
                }
            }
        };
    }

    Runnable forward(MemorySegment x, MemorySegment y) {
        CpuThreads.RangeBody body = isNative() ? nativeForward(x, y, threads.size()) : plainForward(x, y);
        long rows = (long) frame.images() * height.places();
        long grain = Math.max(1, GRAIN / Math.max(1, elements));
        return () -> threads.parallelFor(rows, grain, body);
    }

    /** Pooling by one thread, whoever runs it. */
    Runnable alone(MemorySegment x, MemorySegment y) {
        CpuThreads.RangeBody body = isNative() ? nativeForward(x, y, 1) : plainForward(x, y);
        long rows = (long) frame.images() * height.places();
        return () -> body.run(0, 0, rows);
    }

    private CpuThreads.RangeBody plainForward(MemorySegment x, MemorySegment y) {
        return (_, first, last) -> {
            Scratch scratch = Scratch.current();
            float[] column = scratch.floatRow(0, elements);
            float[] row = scratch.floatRow(1, elements);
            float[] seen = scratch.floatRow(2, outElements);
            float[] best = scratch.floatRow(3, outElements);
            for (long place = first; place < last; place++) {
                long image = place / height.places() * height.input();
                int oy = (int) (place % height.places());
                boolean any = false;
                for (int ky = 0; ky < height.size(); ky++) {
                    int iy = height.at(oy, ky);
                    if (height.has(iy)) {
                        Transfer.load(x, DType.FLOAT32, (image + iy) * elements, any ? row : column, 0, elements);
                        if (any) {
                            max(column, row, elements);
                        }
                        any = true;
                    }
                }
                if (!any || !inside) {
                    Arrays.fill(best, 0, outElements, Float.NEGATIVE_INFINITY);
                }
                for (int kx = 0; any && kx < width.size(); kx++) {
                    if (kx == 0) {
                        gather(column, kx, best);
                        continue;
                    }
                    if (!inside) {
                        Arrays.fill(seen, 0, outElements, Float.NEGATIVE_INFINITY);
                    }
                    gather(column, kx, seen);
                    max(best, seen, outElements);
                }
                Transfer.store(best, 0, y, DType.FLOAT32, place * outElements, outElements);
            }
        };
    }

    private static void max(float[] best, float[] x, int n) {
        for (int i = 0; i < n; i++) {
            best[i] = Math.max(best[i], x[i]);
        }
    }

    /** What an element of the window sees of a row, place by place; where that is padding nothing is written. */
    private void gather(Object row, int kx, Object seen) {
        for (int ox = 0; ox < width.places(); ox++) {
            int ix = width.at(ox, kx);
            if (width.has(ix)) {
                System.arraycopy(row, ix * channels, seen, ox * channels, channels);
            }
        }
    }

    /** The other way. */
    private void scatter(int[] seen, int kx, int[] row) {
        for (int ox = 0; ox < width.places(); ox++) {
            int ix = width.at(ox, kx);
            if (width.has(ix)) {
                System.arraycopy(seen, ox * channels, row, ix * channels, channels);
            }
        }
    }

    /** Gives each {@code dy} to the first element of its window that equals {@code y}. */
    Runnable backward(MemorySegment x, MemorySegment y, MemorySegment dy, MemorySegment dx) {
        MemorySegment[] operands = {x, y, dy};
        boolean isNative = isNative();
        Loops.Rows[] rows = isNative ? rows(threads.size()) : new Loops.Rows[0];
        CpuThreads.RangeBody body = (part, first, last) -> {
            for (long image = first; image < last; image++) {
                int next = 0;
                for (int oy = 0; oy < height.places(); oy++) {
                    next = isNative
                            ? nativeBackward(image, oy, next, operands, dx, rows[part])
                            : backward(image, oy, next, x, y, dy, dx);
                }
                zero(dx, image, next, height.input());
            }
        };
        return () -> threads.parallelFor(frame.images(), 1, body);
    }

    /** One row of places; {@code next} is the first row of the image without a gradient, before and after. */
    private int backward(
            long image, int oy, int next, MemorySegment x, MemorySegment y, MemorySegment dy, MemorySegment dx) {
        Scratch scratch = Scratch.current();
        int[] maxima = scratch.intRow(0, outElements);
        int[] gradients = scratch.intRow(1, outElements);
        int[] row = scratch.intRow(2, elements);
        int[] result = scratch.intRow(3, elements);
        int[] seen = scratch.intRow(4, outElements);
        long place = (image * height.places() + oy) * outElements * Float.BYTES;
        MemorySegment.copy(y, BITS, place, maxima, 0, outElements);
        MemorySegment.copy(dy, BITS, place, gradients, 0, outElements);
        dropNaN(maxima, gradients, outElements);
        int free = next;
        for (int ky = 0; ky < height.size(); ky++) {
            int iy = height.at(oy, ky);
            if (!height.has(iy)) {
                continue;
            }
            zero(dx, image, free, iy);
            free = iy + 1;
            long at = (image * height.input() + iy) * elements * Float.BYTES;
            MemorySegment.copy(x, BITS, at, row, 0, elements);
            if (!covered) {
                Arrays.fill(result, 0, elements, 0);
            }
            for (int kx = 0; kx < width.size(); kx++) {
                if (!inside) {
                    Arrays.fill(seen, 0, outElements, NAN);
                }
                gather(row, kx, seen);
                give(seen, maxima, gradients, outElements);
                scatter(seen, kx, result);
            }
            MemorySegment.copy(result, 0, dx, BITS, at, elements);
        }
        return free;
    }

    private int nativeBackward(
            long image, int oy, int next, MemorySegment[] operands, MemorySegment dx, Loops.Rows rows) {
        see(image, oy, rows);
        int free = next;
        for (int i = 0; i < rows.count(); i++) {
            int row = (int) (rows.begin(i) / elements - image * height.input());
            zero(dx, image, free, covered ? row : row + 1);
            free = row + 1;
        }
        Loops.poolGive(operands, rows, dx, (image * height.places() + oy) * outElements);
        return free;
    }

    private void zero(MemorySegment dx, long image, int from, int to) {
        if (from < to) {
            long row = (long) elements * Float.BYTES;
            dx.asSlice((image * height.input() + from) * row, (to - from) * row).fill((byte) 0);
        }
    }

    /** A window with a NaN has no winner. */
    private static void dropNaN(int[] maxima, int[] gradients, int n) {
        for (int i = 0; i < n; i++) {
            int isNaN = (0x7f800000 - (maxima[i] & 0x7fffffff)) >> 31;
            gradients[i] &= ~isNaN;
        }
    }

    /**
     * Puts gradients in the place of the elements that equal the maxima; what is taken once is gone. By bits, since
     * random branches are slow; equal are the same bits, and zeros of either sign.
     */
    private static void give(int[] seen, int[] maxima, int[] gradients, int n) {
        for (int i = 0; i < n; i++) {
            int differ = seen[i] ^ maxima[i];
            int notZero = (seen[i] | maxima[i]) << 1;
            int other = ((differ | -differ) & (notZero | -notZero)) >> 31;
            int taken = gradients[i] & ~other;
            seen[i] = taken;
            gradients[i] ^= taken;
        }
    }
}
