package dev.lamina.backend.cpu;

import dev.lamina.backend.cpu.ConvolutionPrimitives.Direction;
import dev.lamina.backend.cpu.OneDnnPrimitive.Argument;
import dev.lamina.backend.cpu.OneDnnPrimitive.Role;
import dev.lamina.ops.PooledConvolution;
import dev.lamina.ops.PooledConvolution.Kept;
import dev.lamina.ops.WindowFrame;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A convolution, by oneDNN or for {@link FewChannels} in C, and the pooling of its places, by each thread for a few
 * images at a time: what is pooled is still in the core's cache then, and, where it is no result, never leaves it.
 */
final class PooledConvolutionKernels {
    /** The places of the images that are taken at a time: less than half of a second-level cache. */
    private static final long GROUP_BYTES = 256 << 10;

    /** A thread takes so many groups of images at most: each has objects of the library's. */
    private static final int MOST_GROUPS = 32;

    private final CpuThreads threads;

    PooledConvolutionKernels(CpuThreads threads) {
        this.threads = threads;
    }

    /** Images that follow each other, and the primitives for so many; none where {@link FewChannels} serves. */
    private record Group(int first, int images, Optional<ConvolutionPrimitives> primitives) {}

    /**
     * A thread's images, and its memory: for kernels in the library's order, scratch, and places that are no result.
     */
    private record Share(List<Group> groups, long kernelBytes, long scratchBytes, long placeBytes) {
        long bytes() {
            return 2 * kernelBytes + scratchBytes + placeBytes;
        }
    }

    /** An op's sizes, and how it is cut up. */
    private record Layout(ConvolutionShape shape, WindowFrame pool, List<Share> shares) {
        long imageBytes() {
            return shape.frame().imageElements() * Float.BYTES;
        }

        /** The places of one image. */
        long placeBytes() {
            return (long) shape.frame().places() * shape.filters() * Float.BYTES;
        }

        /** What is pooled of one image. */
        long pooledBytes() {
            return (long) pool.places() * shape.filters() * Float.BYTES;
        }
    }

    private Optional<Layout> layout(PooledConvolution op, List<TensorSpec> inputs) {
        ConvolutionShape shape = ConvolutionShape.of(op.convolution().product(), inputs.subList(0, 2));
        TensorSpec places = op.convolution().infer(inputs).getFirst();
        WindowFrame pool = op.pool().window().over(places.shape());
        boolean pools = op.kept() == Kept.WINNERS
                ? WinnerPooling.serves(pool, places.dtype())
                : FloatMaxPooling.pools(pool, places.dtype()) && pool.places() > 0;
        if (!ConvolutionByOneDnn.serves(shape) || !pools) {
            return Optional.empty();
        }
        int count = ConvolutionByOneDnn.shares(shape, threads);
        List<Share> shares = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int from = (int) ((long) shape.frame().images() * i / count);
            int to = (int) ((long) shape.frame().images() * (i + 1) / count);
            Optional<Share> share = share(shape, from, to, op.kept() == Kept.PLACES);
            if (share.isEmpty()) {
                return Optional.empty();
            }
            shares.add(share.get());
        }
        return Optional.of(new Layout(shape, pool, shares));
    }

    private static Optional<Share> share(ConvolutionShape shape, int from, int to, boolean keeps) {
        long image = (long) shape.frame().places() * shape.filters() * Float.BYTES;
        int most = Math.clamp(GROUP_BYTES / image, Math.ceilDiv(to - from, MOST_GROUPS), Math.max(1, to - from));
        int count = Math.ceilDiv(to - from, most);
        int size = Math.ceilDiv(to - from, count);
        List<Group> groups = new ArrayList<>();
        long kernel = 0;
        long scratch = 0;
        for (int first = from; first < to; first += size) {
            int images = Math.min(size, to - first);
            if (FewChannels.serves(shape)) {
                groups.add(new Group(first, images, Optional.empty()));
                continue;
            }
            Optional<ConvolutionPrimitives> found = ConvolutionPrimitives.of(new ConvolutionPrimitives.Key(
                    Direction.FORWARD, shape.frame().withImages(images), shape.filters(), true));
            if (found.isEmpty()) {
                return Optional.empty();
            }
            ConvolutionPrimitives primitives = found.get();
            groups.add(new Group(first, images, found));
            if (primitives.reorder().isPresent()) {
                kernel = Math.max(kernel, primitives.product().bytes(Role.WEIGHTS));
                scratch = Math.max(scratch, primitives.reorder().get().bytes(Role.SCRATCH));
            }
            scratch = Math.max(scratch, primitives.product().bytes(Role.SCRATCH));
        }
        long places = keeps ? 0 : HalfPrecision.aligned(size * image);
        return Optional.of(new Share(groups, HalfPrecision.aligned(kernel), HalfPrecision.aligned(scratch), places));
    }

    /** Whether the op runs here. */
    boolean serves(PooledConvolution op, List<TensorSpec> inputs) {
        return layout(op, inputs).isPresent();
    }

    /** The scratch memory that is needed; empty where the op does not run here. */
    Optional<Long> workspaceBytes(PooledConvolution op, List<TensorSpec> inputs) {
        return layout(op, inputs)
                .map(layout -> layout.shares.stream().mapToLong(Share::bytes).sum());
    }

    /** Binds an op to its memory; empty where it does not run here. */
    Optional<Runnable> prepare(PooledConvolution op, Operand[] inputs, Operand[] outputs, Operand workspace) {
        return layout(op, Arrays.stream(inputs).map(Operand::spec).toList())
                .map(layout -> bind(op, layout, inputs, outputs, workspace));
    }

    private Runnable bind(PooledConvolution op, Layout layout, Operand[] inputs, Operand[] outputs, Operand workspace) {
        MemorySegment scratch = CpuBuffer.data(workspace);
        Runnable[][] work = new Runnable[layout.shares.size()][];
        long used = 0;
        for (int i = 0; i < work.length; i++) {
            Share share = layout.shares.get(i);
            work[i] = bind(op, layout, share, inputs, outputs, scratch.asSlice(used, share.bytes()));
            used += share.bytes();
        }
        CpuThreads.RangeBody body = (_, first, last) -> {
            for (int i = (int) first; i < last; i++) {
                for (Runnable one : work[i]) {
                    one.run();
                }
            }
        };
        return () -> threads.parallelFor(work.length, 1, body);
    }

    private Runnable[] bind(
            PooledConvolution op,
            Layout layout,
            Share share,
            Operand[] inputs,
            Operand[] outputs,
            MemorySegment workspace) {
        MemorySegment y = CpuBuffer.data(outputs[outputs.length - 1]);
        MemorySegment room = workspace.asSlice(2 * share.kernelBytes + share.scratchBytes, share.placeBytes);
        WinnerPooling pooling = new WinnerPooling(layout.pool, Products.widest());
        List<Runnable> work = new ArrayList<>();
        List<ConvolutionPrimitives> ordered = new ArrayList<>();
        for (Group group : share.groups) {
            MemorySegment places = op.kept() == Kept.PLACES
                    ? CpuBuffer.data(outputs[0])
                            .asSlice(group.first * layout.placeBytes(), group.images * layout.placeBytes())
                    : room;
            ConvolutionByOneDnn.Operands operands = new ConvolutionByOneDnn.Operands(
                    CpuBuffer.data(inputs[0]).asSlice(group.first * layout.imageBytes()),
                    CpuBuffer.data(inputs[1]),
                    places,
                    Optional.of(CpuBuffer.data(inputs[2])));
            group.primitives.ifPresentOrElse(
                    primitives -> convolve(share, primitives, operands, workspace, ordered, work),
                    () -> work.add(() -> FewChannels.run(layout.shape, operands, 0, group.images, Products.widest())));
            MemorySegment pooled = y.asSlice(group.first * layout.pooledBytes(), group.images * layout.pooledBytes());
            if (op.kept() == Kept.WINNERS) {
                long elements = layout.pooledBytes() / Float.BYTES;
                MemorySegment winners = CpuBuffer.data(outputs[0]).asSlice(group.first * elements);
                work.add(() -> pooling.pool(places, pooled, winners, group.images, op.cut()));
                continue;
            }
            work.add(new FloatMaxPooling(threads, layout.pool.withImages(group.images), true).alone(places, pooled));
            if (op.cut()) {
                long elements = pooled.byteSize() / Float.BYTES;
                work.add(() -> Loops.relu(pooled, pooled, 0, elements));
            }
        }
        return work.toArray(Runnable[]::new);
    }

    /**
     * @param ordered the primitives whose order the kernel has been brought into: all groups but the last are of one
     *     size
     */
    private static void convolve(
            Share share,
            ConvolutionPrimitives primitives,
            ConvolutionByOneDnn.Operands of,
            MemorySegment workspace,
            List<ConvolutionPrimitives> ordered,
            List<Runnable> work) {
        MemorySegment scratch = workspace.asSlice(2 * share.kernelBytes, share.scratchBytes);
        MemorySegment weights = of.kernel();
        if (primitives.reorder().isPresent()) {
            boolean known = ordered.contains(primitives);
            int place = known ? ordered.indexOf(primitives) : ordered.size();
            weights = workspace.asSlice(place * share.kernelBytes, share.kernelBytes);
            if (!known) {
                ordered.add(primitives);
                work.add(primitives
                        .reorder()
                        .get()
                        .bind(List.of(
                                new Argument(Role.SOURCE, of.kernel()),
                                new Argument(Role.RESULT, weights),
                                new Argument(Role.SCRATCH, scratch))));
            }
        }
        work.add(primitives
                .product()
                .bind(List.of(
                        new Argument(Role.SOURCE, of.images()),
                        new Argument(Role.WEIGHTS, weights),
                        new Argument(Role.RESULT, of.places()),
                        new Argument(Role.BIAS, of.bias().orElseThrow()),
                        new Argument(Role.SCRATCH, scratch))));
    }
}
