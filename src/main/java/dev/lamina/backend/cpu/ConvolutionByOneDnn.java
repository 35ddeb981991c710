package dev.lamina.backend.cpu;

import dev.lamina.backend.cpu.ConvolutionPrimitives.Direction;
import dev.lamina.backend.cpu.OneDnnPrimitive.Argument;
import dev.lamina.backend.cpu.OneDnnPrimitive.Role;
import dev.lamina.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Convolution of one group in float32 by oneDNN. The images are shared out in parts, each a run of primitives on one
 * thread: the kernel is brought into the library's order, then the convolution. A kernel's gradient is the sum of
 * partial ones whose number depends on the shape alone, so that it is the same for any number of threads.
 */
final class ConvolutionByOneDnn {
    /** What a thread must at least have to do. */
    private static final double PART_FLOPS = 1e6;

    /** Partial gradients of a kernel, together, take at most so many bytes. */
    private static final long PARTIAL_BYTES = 64 << 20;

    private static final int MOST_PARTIALS = 8;
    private static final int PARTIAL_IMAGES = 4;
    private static final int SUM_GRAIN = 4 << 10;

    private final CpuThreads threads;

    ConvolutionByOneDnn(CpuThreads threads) {
        this.threads = threads;
    }

    /** Some of the images, and the memory that their part of the work needs. */
    private record Part(int firstImage, ConvolutionPrimitives primitives, long kernelBytes, long scratchBytes) {
        long workspaceBytes() {
            return kernelBytes + scratchBytes;
        }
    }

    /**
     * How the work is cut up; none if oneDNN has no fast code for it. Pointwise convolutions are matrix products as
     * they stand, and those add long sums up in blocks, which is more accurate.
     */
    private Optional<List<Part>> parts(Direction direction, ConvolutionShape shape, boolean bias) {
        int images = shape.frame().images();
        if (!serves(shape)) {
            return Optional.empty();
        }
        int count = direction == Direction.KERNEL_GRADIENT ? partials(shape) : shares(shape, threads);
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int from = (int) ((long) images * i / count);
            int to = (int) ((long) images * (i + 1) / count);
            ConvolutionPrimitives.Key key = new ConvolutionPrimitives.Key(
                    direction, shape.frame().withImages(to - from), shape.filters(), bias);
            Optional<ConvolutionPrimitives> primitives = ConvolutionPrimitives.of(key);
            if (primitives.isEmpty()) {
                return Optional.empty();
            }
            ConvolutionPrimitives found = primitives.get();
            long kernel = found.reorder().isPresent()
                    ? HalfPrecision.aligned(found.product().bytes(direction.kernel))
                    : 0;
            long scratch = found.product().bytes(Role.SCRATCH)
                    + found.reorder()
                            .map(reorder -> reorder.bytes(Role.SCRATCH))
                            .orElse(0L);
            parts.add(new Part(from, found, kernel, HalfPrecision.aligned(scratch)));
        }
        return Optional.of(parts);
    }

    /** Whether a convolution may run here. */
    static boolean serves(ConvolutionShape shape) {
        return shape.groups() == 1
                && !shape.isPointwise()
                && shape.dtype() == DType.FLOAT32
                && OneDnn.instance().isPresent()
                && shape.frame().imageElements() != 0
                && shape.frame().images()
                                * shape.kernelElements()
                                * shape.frame().places()
                        != 0;
    }

    /** How many threads share the images. */
    static int shares(ConvolutionShape shape, CpuThreads threads) {
        int images = shape.frame().images();
        double flops = 2.0 * shape.kernelElements() * shape.frame().places() * images;
        return Math.clamp((long) (flops / PART_FLOPS), 1, Math.min(images, threads.size()));
    }

    private static int partials(ConvolutionShape shape) {
        int images = shape.frame().images();
        long most = Math.min(MOST_PARTIALS, PARTIAL_BYTES / (shape.kernelElements() * Float.BYTES));
        return Math.clamp(images / PARTIAL_IMAGES, Math.min(2, images), (int) Math.max(2, most));
    }

    /** The scratch memory that is needed; empty where oneDNN is not used. */
    Optional<Long> workspaceBytes(Direction direction, ConvolutionShape shape, boolean bias) {
        return parts(direction, shape, bias).map(parts -> {
            long gradients = direction == Direction.KERNEL_GRADIENT && parts.size() > 1
                    ? parts.size() * HalfPrecision.aligned(shape.kernelElements() * Float.BYTES)
                    : 0;
            return gradients + parts.stream().mapToLong(Part::workspaceBytes).sum();
        });
    }

    /** The memory of a convolution. */
    record Operands(MemorySegment images, MemorySegment kernel, MemorySegment places, Optional<MemorySegment> bias) {}

    /** Binds a convolution to its memory; empty where oneDNN is not used. */
    Optional<Runnable> prepare(
            Direction direction, ConvolutionShape shape, Operands operands, MemorySegment workspace) {
        return parts(direction, shape, operands.bias.isPresent())
                .map(parts -> direction == Direction.KERNEL_GRADIENT && parts.size() > 1
                        ? sum(shape, operands, parts, workspace)
                        : share(bind(direction, shape, operands, parts, workspace)));
    }

    private Runnable share(Runnable[] parts) {
        CpuThreads.RangeBody body = (_, first, last) -> {
            for (int i = (int) first; i < last; i++) {
                parts[i].run();
            }
        };
        return parts.length == 1 ? parts[0] : () -> threads.parallelFor(parts.length, 1, body);
    }

    /** The parts' work. The kernel of a gradient is cut up like images: each part has one of its own. */
    private static Runnable[] bind(
            Direction direction, ConvolutionShape shape, Operands operands, List<Part> parts, MemorySegment workspace) {
        boolean many = direction == Direction.KERNEL_GRADIENT;
        long image = shape.frame().imageElements() * Float.BYTES;
        long place = (long) shape.frame().places() * shape.filters() * Float.BYTES;
        long kernelBytes = many ? HalfPrecision.aligned(shape.kernelElements() * Float.BYTES) : 0;
        Runnable[] bound = new Runnable[parts.size()];
        long used = 0;
        for (int i = 0; i < bound.length; i++) {
            Part part = parts.get(i);
            MemorySegment kernel = operands.kernel.asSlice(i * kernelBytes);
            MemorySegment ordered = part.kernelBytes == 0 ? kernel : workspace.asSlice(used, part.kernelBytes);
            MemorySegment scratch = workspace.asSlice(used + part.kernelBytes, part.scratchBytes);
            used += part.workspaceBytes();
            List<Argument> arguments = new ArrayList<>(List.of(
                    new Argument(direction.images, operands.images.asSlice(part.firstImage * image)),
                    new Argument(direction.kernel, ordered),
                    new Argument(direction.places, operands.places.asSlice(part.firstImage * place)),
                    new Argument(Role.SCRATCH, scratch)));
            operands.bias.ifPresent(bias -> arguments.add(new Argument(Role.BIAS, bias)));
            Runnable product = part.primitives.product().bind(arguments);
            bound[i] = part.primitives
                    .reorder()
                    .map(reorder -> {
                        Runnable change = reorder.bind(List.of(
                                new Argument(Role.SOURCE, many ? ordered : kernel),
                                new Argument(Role.RESULT, many ? kernel : ordered),
                                new Argument(Role.SCRATCH, scratch)));
                        return many ? both(product, change) : both(change, product);
                    })
                    .orElse(product);
        }
        return bound;
    }

    private static Runnable both(Runnable first, Runnable second) {
        return () -> {
            first.run();
            second.run();
        };
    }

    /** A kernel's gradient: partial ones at the front of the workspace, added up. */
    private Runnable sum(ConvolutionShape shape, Operands operands, List<Part> parts, MemorySegment workspace) {
        int elements = Math.toIntExact(shape.kernelElements());
        long apart = HalfPrecision.aligned((long) elements * Float.BYTES) / Float.BYTES;
        long front = parts.size() * apart * Float.BYTES;
        Operands partial =
                new Operands(operands.images, workspace.asSlice(0, front), operands.places, Optional.empty());
        Runnable products = share(bind(Direction.KERNEL_GRADIENT, shape, partial, parts, workspace.asSlice(front)));
        MemorySegment[] gradients = IntStream.range(0, parts.size())
                .mapToObj(i -> workspace.asSlice(i * apart * Float.BYTES, (long) elements * Float.BYTES))
                .toArray(MemorySegment[]::new);
        MemorySegment result = operands.kernel;
        CpuThreads.RangeBody add = (_, first, last) -> {
            double[] sum = Scratch.current().block(0).doubles;
            double[] next = Scratch.current().block(1).doubles;
            for (long at = first; at < last; at += Scratch.SIZE) {
                int n = (int) Math.min(Scratch.SIZE, last - at);
                Transfer.load(gradients[0], DType.FLOAT32, at, sum, 0, n);
                for (int i = 1; i < gradients.length; i++) {
                    Transfer.load(gradients[i], DType.FLOAT32, at, next, 0, n);
                    add(sum, next, n);
                }
                Transfer.store(sum, 0, result, DType.FLOAT32, at, n);
            }
        };
        return both(products, () -> threads.parallelFor(elements, SUM_GRAIN, add));
    }

    private static void add(double[] sum, double[] next, int n) {
        for (int i = 0; i < n; i++) {
            sum[i] += next[i];
        }
    }
}
