package dev.lamina.backend.cpu;

import dev.lamina.backend.cpu.ConvolutionPrimitives.Direction;
import dev.lamina.backend.cpu.OneDnnPrimitive.Argument;
import dev.lamina.backend.cpu.OneDnnPrimitive.Role;
import dev.lamina.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Convolution of one group in float32 by oneDNN. The images are shared out in parts, each a run of primitives on one
 * thread: the kernel is brought into the library's order, then the convolution. The gradient of a kernel is
 * {@link KernelGradients}'.
 */
final class ConvolutionByOneDnn {
    /** What a thread must at least have to do. */
    private static final double PART_FLOPS = 1e6;

    private final CpuThreads threads;

    ConvolutionByOneDnn(CpuThreads threads) {
        this.threads = threads;
    }

    /** The memory of a convolution. */
    record Operands(MemorySegment images, MemorySegment kernel, MemorySegment places, Optional<MemorySegment> bias) {}

    /** Some of the images, and the memory that their part of the work needs. */
    record Part(int firstImage, int images, ConvolutionPrimitives primitives, long kernelBytes, long scratchBytes) {
        /** The images {@code from} to {@code to}; none if oneDNN has no fast code for them. */
        static Optional<Part> of(Direction direction, ConvolutionShape shape, int from, int to, boolean bias) {
            ConvolutionPrimitives.Key key = new ConvolutionPrimitives.Key(
                    direction, shape.frame().withImages(to - from), shape.filters(), bias);
            return ConvolutionPrimitives.of(key).map(found -> {
                long kernel = found.reorder().isPresent()
                        ? HalfPrecision.aligned(found.product().bytes(direction.kernel))
                        : 0;
                long scratch = found.product().bytes(Role.SCRATCH)
                        + found.reorder()
                                .map(reorder -> reorder.bytes(Role.SCRATCH))
                                .orElse(0L);
                return new Part(from, to - from, found, kernel, HalfPrecision.aligned(scratch));
            });
        }

        long workspaceBytes() {
            return kernelBytes + scratchBytes;
        }

        /**
         * Binds the part to its memory.
         *
         * @param of beginning at the part's first image
         * @param ordered whether the workspace has the kernel in the library's order already
         */
        Runnable bind(Direction direction, Operands of, MemorySegment workspace, boolean ordered) {
            MemorySegment kernel = kernelBytes == 0 ? of.kernel : workspace.asSlice(0, kernelBytes);
            MemorySegment scratch = workspace.asSlice(kernelBytes, scratchBytes);
            List<Argument> arguments = new ArrayList<>(List.of(
                    new Argument(direction.images, of.images),
                    new Argument(direction.kernel, kernel),
                    new Argument(direction.places, of.places),
                    new Argument(Role.SCRATCH, scratch)));
            of.bias.ifPresent(bias -> arguments.add(new Argument(Role.BIAS, bias)));
            Runnable product = primitives.product().bind(arguments);
            boolean out = direction == Direction.KERNEL_GRADIENT;
            return primitives
                    .reorder()
                    .filter(_ -> !ordered)
                    .map(reorder -> {
                        Runnable change = reorder.bind(List.of(
                                new Argument(Role.SOURCE, out ? kernel : of.kernel),
                                new Argument(Role.RESULT, out ? of.kernel : kernel),
                                new Argument(Role.SCRATCH, scratch)));
                        return out ? both(product, change) : both(change, product);
                    })
                    .orElse(product);
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
        int count = shares(shape, threads);
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int from = (int) ((long) images * i / count);
            int to = (int) ((long) images * (i + 1) / count);
            Optional<Part> part = Part.of(direction, shape, from, to, bias);
            if (part.isEmpty()) {
                return Optional.empty();
            }
            parts.add(part.get());
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

    /** The scratch memory that is needed; empty where oneDNN is not used. */
    Optional<Long> workspaceBytes(Direction direction, ConvolutionShape shape, boolean bias) {
        if (direction == Direction.KERNEL_GRADIENT) {
            return KernelGradients.of(threads, shape).map(KernelGradients::workspaceBytes);
        }
        return parts(direction, shape, bias)
                .map(parts -> parts.stream().mapToLong(Part::workspaceBytes).sum());
    }

    /** Binds a convolution to its memory; empty where oneDNN is not used. */
    Optional<Runnable> prepare(Direction direction, ConvolutionShape shape, Operands of, MemorySegment workspace) {
        if (direction == Direction.KERNEL_GRADIENT) {
            return KernelGradients.of(threads, shape).map(gradients -> gradients.prepare(of, workspace));
        }
        return parts(direction, shape, of.bias.isPresent()).map(parts -> {
            Runnable[] bound = new Runnable[parts.size()];
            long used = 0;
            for (int i = 0; i < bound.length; i++) {
                Part part = parts.get(i);
                MemorySegment scratch = workspace.asSlice(used, part.workspaceBytes());
                bound[i] = part.bind(direction, from(shape, of, part.firstImage), scratch, false);
                used += part.workspaceBytes();
            }
            return share(threads, bound);
        });
    }

    /** The same memory, images and places from one image on. */
    static Operands from(ConvolutionShape shape, Operands of, int image) {
        long imageBytes = shape.frame().imageElements() * Float.BYTES;
        return new Operands(
                of.images.asSlice(image * imageBytes),
                of.kernel,
                of.places.asSlice(image * shape.outputBytes()),
                of.bias);
    }

    /** Runs parts of the work on all threads. */
    static Runnable share(CpuThreads threads, Runnable[] parts) {
        CpuThreads.RangeBody body = (_, first, last) -> {
            for (int i = (int) first; i < last; i++) {
                parts[i].run();
            }
        };
        return parts.length == 1 ? parts[0] : () -> threads.parallelFor(parts.length, 1, body);
    }

    private static Runnable both(Runnable first, Runnable second) {
        return () -> {
            first.run();
            second.run();
        };
    }
}
