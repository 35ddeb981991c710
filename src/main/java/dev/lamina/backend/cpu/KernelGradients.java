package dev.lamina.backend.cpu;

import dev.lamina.backend.cpu.ConvolutionByOneDnn.Operands;
import dev.lamina.backend.cpu.ConvolutionByOneDnn.Part;
import dev.lamina.backend.cpu.ConvolutionPrimitives.Direction;
import dev.lamina.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The gradient of a convolution's kernel: the sum of partial ones, each of some images, by oneDNN or, of few channels,
 * in C ({@link FewChannels}). How many there are depends on the shape alone, so that the sum is the same for any number
 * of threads.
 */
final class KernelGradients {
    /** Partial gradients, together, take at most so many bytes. */
    private static final long PARTIAL_BYTES = 64 << 20;

    private static final int MOST_PARTIALS = 8;
    private static final int SUM_GRAIN = 4 << 10;

    /** A part has a multiple of so many images, but for the last one, where there are enough. */
    static final int PARTIAL_IMAGES = 4;

    private final CpuThreads threads;
    private final ConvolutionShape shape;
    private final int count;

    /** Empty where {@link FewChannels} computes them. */
    private final List<Part> parts;

    private KernelGradients(CpuThreads threads, ConvolutionShape shape, int count, List<Part> parts) {
        this.threads = threads;
        this.shape = shape;
        this.count = count;
        this.parts = parts;
    }

    /** The gradients of a shape; none if there is no fast code for it. */
    static Optional<KernelGradients> of(CpuThreads threads, ConvolutionShape shape) {
        if (!ConvolutionByOneDnn.serves(shape)) {
            return Optional.empty();
        }
        int images = shape.frame().images();
        long most = Math.min(MOST_PARTIALS, PARTIAL_BYTES / (shape.kernelElements() * Float.BYTES));
        int count = Math.clamp(images / PARTIAL_IMAGES, Math.min(2, images), (int) Math.max(2, most));
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < count && !FewChannels.serves(shape); i++) {
            Optional<Part> part = Part.of(
                    Direction.KERNEL_GRADIENT, shape, first(images, count, i), first(images, count, i + 1), false);
            if (part.isEmpty()) {
                return Optional.empty();
            }
            parts.add(part.get());
        }
        return Optional.of(new KernelGradients(threads, shape, count, parts));
    }

    private static int first(int images, int count, int part) {
        if (part == count) {
            return images;
        }
        int unit = images / PARTIAL_IMAGES >= count ? PARTIAL_IMAGES : 1;
        return (int) ((long) (images / unit) * part / count) * unit;
    }

    /** How many partial ones there are. */
    int count() {
        return count;
    }

    /** The first image of a partial gradient; of the number of them: that of all images. */
    int first(int part) {
        return first(shape.frame().images(), count, part);
    }

    /** Whether they are added up image by image, in any steps. */
    boolean isByImage() {
        return parts.isEmpty();
    }

    private long kernelBytes() {
        return HalfPrecision.aligned(shape.kernelElements() * Float.BYTES);
    }

    /** The memory of the partial gradients. */
    long partialBytes() {
        return count > 1 ? count * kernelBytes() : 0;
    }

    /** The scratch memory of the partial gradient that needs most of it. */
    long scratchBytes() {
        return parts.stream().mapToLong(Part::workspaceBytes).max().orElse(0);
    }

    /** The scratch memory for all of it. */
    long workspaceBytes() {
        return partialBytes() + parts.stream().mapToLong(Part::workspaceBytes).sum();
    }

    /** Where a partial gradient goes: the only one is the result. */
    MemorySegment partial(int part, MemorySegment partials, MemorySegment result) {
        return count == 1 ? result : partials.asSlice(part * kernelBytes(), shape.kernelElements() * Float.BYTES);
    }

    /**
     * Binds a partial gradient, or, {@linkplain #isByImage image by image}, what some of its images add to it, to its
     * memory.
     *
     * @param from the first image
     * @param of beginning at that image
     */
    Runnable bind(int part, int from, int images, Operands of, MemorySegment scratch) {
        if (!isByImage()) {
            return parts.get(part).bind(Direction.KERNEL_GRADIENT, of, scratch, false);
        }
        boolean begins = from == first(part);
        return () -> {
            if (begins) {
                of.kernel().fill((byte) 0);
            }
            FewChannels.addGradient(shape, of, images, Products.widest());
        };
    }

    /** Binds all of it. */
    Runnable prepare(Operands of, MemorySegment workspace) {
        MemorySegment partials = workspace.asSlice(0, partialBytes());
        Runnable[] bound = new Runnable[count];
        long used = partialBytes();
        for (int i = 0; i < count; i++) {
            long bytes = isByImage() ? 0 : parts.get(i).workspaceBytes();
            Operands all = ConvolutionByOneDnn.from(shape, of, first(i));
            Operands mine =
                    new Operands(all.images(), partial(i, partials, of.kernel()), all.places(), Optional.empty());
            bound[i] = bind(i, first(i), first(i + 1) - first(i), mine, workspace.asSlice(used, bytes));
            used += bytes;
        }
        Runnable products = ConvolutionByOneDnn.share(threads, bound);
        Runnable sum = sum(partials, of.kernel());
        return () -> {
            products.run();
            sum.run();
        };
    }

    /** Adds up the partial gradients. */
    Runnable sum(MemorySegment partials, MemorySegment result) {
        if (count == 1) {
            return () -> {};
        }
        int elements = Math.toIntExact(shape.kernelElements());
        MemorySegment[] gradients = IntStream.range(0, count)
                .mapToObj(i -> partial(i, partials, result))
                .toArray(MemorySegment[]::new);
        CpuThreads.RangeBody add = (_, first, last) -> {
            double[] sum = Scratch.current().block(0).doubles;
            double[] next = Scratch.current().block(1).doubles;
            for (long at = first; at < last; at += Scratch.SIZE) {
                int n = (int) Math.min(Scratch.SIZE, last - at);
                Transfer.load(gradients[0], DType.FLOAT32, at, sum, 0, n);
                for (int i = 1; i < count; i++) {
                    Transfer.load(gradients[i], DType.FLOAT32, at, next, 0, n);
                    add(sum, next, n);
                }
                Transfer.store(sum, 0, result, DType.FLOAT32, at, n);
            }
        };
        return () -> threads.parallelFor(elements, SUM_GRAIN, add);
    }

    private static void add(double[] sum, double[] next, int n) {
        for (int i = 0; i < n; i++) {
            sum[i] += next[i];
        }
    }
}
