package dev.lamina.backend.cpu;

import dev.lamina.backend.cpu.ConvolutionByOneDnn.Operands;
import dev.lamina.backend.cpu.ConvolutionByOneDnn.Part;
import dev.lamina.backend.cpu.ConvolutionPrimitives.Direction;
import dev.lamina.ops.PooledConvolutionBackward;
import dev.lamina.ops.WindowFrame;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The gradients of a convolution and the pooling of it, by each thread for a few images at a time: the gradients of the
 * places, most of which are 0, stay in the core's cache. The same bits as by single ops: a kernel's gradient is made of
 * the same partial ones, a bias's of the same chunks.
 */
final class PooledGradientKernels {
    private final CpuThreads threads;

    PooledGradientKernels(CpuThreads threads) {
        this.threads = threads;
    }

    /**
     * A thread's partial gradients of the kernel.
     *
     * @param inputs of the same images, where their gradients are wanted
     * @param placeBytes memory for the gradients of the places of as many images as are taken at a time
     */
    private record Share(int firstPart, int lastPart, List<Part> inputs, long placeBytes, long kernelBytes) {
        long inputBytes() {
            return inputs.stream().mapToLong(Part::workspaceBytes).max().orElse(0);
        }

        long bytes() {
            return placeBytes + kernelBytes + inputBytes();
        }
    }

    /**
     * An op's sizes, and how it is cut up.
     *
     * @param chunk the images of a chunk of the bias's sums
     */
    private record Layout(
            ConvolutionShape shape, WindowFrame pool, KernelGradients kernel, int chunk, List<Share> shares) {
        long bytes() {
            return kernel.partialBytes()
                    + shares.stream().mapToLong(Share::bytes).sum();
        }

        int chunks() {
            return Math.ceilDiv(shape.frame().images(), chunk);
        }

        /** The elements of what is pooled of so many images. */
        long pooledElements(long images) {
            return images * pool.places() * shape.filters();
        }
    }

    private Optional<Layout> layout(PooledConvolutionBackward op, List<TensorSpec> inputs) {
        ConvolutionShape shape = ConvolutionShape.of(op.convolution().product(), inputs.subList(0, 2));
        TensorSpec places = op.places(inputs);
        WindowFrame pool = op.pool().window().over(places.shape());
        if (!ConvolutionByOneDnn.serves(shape)
                || !WinnerPooling.serves(pool, places.dtype())
                || shape.filters() > Scratch.SIZE) {
            return Optional.empty();
        }
        int each = shape.frame().places();
        long rows = (long) shape.frame().images() * each;
        long chunkRows = ColumnSums.chunkRows(rows, each, shape.filters());
        return KernelGradients.of(threads, shape)
                .filter(kernel -> chunkRows % each == 0 && isAligned(kernel, (int) (chunkRows / each)))
                .flatMap(kernel -> shares(op, shape, kernel, (int) (chunkRows / each))
                        .map(shares -> new Layout(shape, pool, kernel, (int) (chunkRows / each), shares)));
    }

    private static boolean isAligned(KernelGradients kernel, int chunk) {
        for (int i = 0; i < kernel.count(); i++) {
            if (kernel.first(i) % chunk != 0) {
                return false;
            }
        }
        return true;
    }

    private Optional<List<Share>> shares(
            PooledConvolutionBackward op, ConvolutionShape shape, KernelGradients kernel, int chunk) {
        int count = Math.min(ConvolutionByOneDnn.shares(shape, threads), kernel.count());
        List<Share> shares = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int from = kernel.count() * i / count;
            int to = kernel.count() * (i + 1) / count;
            List<Part> inputs = new ArrayList<>();
            int most = 0;
            for (int part = from; part < to; part++) {
                int first = kernel.first(part);
                int last = kernel.first(part + 1);
                most = Math.max(most, step(op, kernel, last - first, chunk));
                if (op.images()) {
                    Optional<Part> found = Part.of(Direction.INPUT_GRADIENT, shape, first, last, false);
                    if (found.isEmpty()) {
                        return Optional.empty();
                    }
                    inputs.add(found.get());
                }
            }
            long places = HalfPrecision.aligned(most * shape.outputBytes());
            shares.add(new Share(from, to, inputs, places, kernel.scratchBytes()));
        }
        return Optional.of(shares);
    }

    /** How many of a part's images are taken at a time. */
    private static int step(PooledConvolutionBackward op, KernelGradients kernel, int images, int chunk) {
        return kernel.isByImage() && !op.images() ? Math.min(chunk, images) : images;
    }

    /** Whether the op runs here. */
    boolean serves(PooledConvolutionBackward op, List<TensorSpec> inputs) {
        return layout(op, inputs).isPresent();
    }

    /** The scratch memory that is needed; empty where the op does not run here. */
    Optional<Long> workspaceBytes(PooledConvolutionBackward op, List<TensorSpec> inputs) {
        return layout(op, inputs).map(Layout::bytes);
    }

    /** Binds an op to its memory; empty where it does not run here. */
    Optional<Runnable> prepare(PooledConvolutionBackward op, Operand[] inputs, Operand[] outputs, Operand workspace) {
        return layout(op, Arrays.stream(inputs).map(Operand::spec).toList())
                .map(layout -> new Binding(op, layout, inputs, outputs, workspace).all());
    }

    /** An op and its memory. */
    private final class Binding {
        private final PooledConvolutionBackward op;
        private final Layout layout;
        private final MemorySegment[] in;
        private final MemorySegment[] out;
        private final MemorySegment workspace;
        private final MemorySegment partials;
        private final ColumnSums sums;
        private final WinnerPooling pooling;

        Binding(PooledConvolutionBackward op, Layout layout, Operand[] inputs, Operand[] outputs, Operand workspace) {
            this.op = op;
            this.layout = layout;
            this.in = Arrays.stream(inputs).map(CpuBuffer::data).toArray(MemorySegment[]::new);
            this.out = Arrays.stream(outputs).map(CpuBuffer::data).toArray(MemorySegment[]::new);
            this.workspace = CpuBuffer.data(workspace);
            this.partials = this.workspace.asSlice(0, layout.kernel.partialBytes());
            this.sums = new ColumnSums(layout.chunks(), layout.shape.filters());
            this.pooling = new WinnerPooling(layout.pool, Products.widest());
        }

        Runnable all() {
            Runnable[] work = new Runnable[layout.shares.size()];
            long used = layout.kernel.partialBytes();
            for (int i = 0; i < work.length; i++) {
                Share share = layout.shares.get(i);
                Runnable[] steps = share(share, workspace.asSlice(used, share.bytes()));
                work[i] = () -> {
                    for (Runnable step : steps) {
                        step.run();
                    }
                };
                used += share.bytes();
            }
            Runnable parts = ConvolutionByOneDnn.share(threads, work);
            Runnable sum = layout.kernel.sum(partials, out[0]);
            return () -> {
                sums.reset();
                parts.run();
                sum.run();
                sums.store(out[1]);
            };
        }

        private Runnable[] share(Share share, MemorySegment room) {
            MemorySegment places = room.asSlice(0, share.placeBytes);
            MemorySegment kernelScratch = room.asSlice(share.placeBytes, share.kernelBytes);
            MemorySegment inputScratch = room.asSlice(share.placeBytes + share.kernelBytes, share.inputBytes());
            List<Runnable> work = new ArrayList<>();
            for (int part = share.firstPart; part < share.lastPart; part++) {
                int first = layout.kernel.first(part);
                int last = layout.kernel.first(part + 1);
                int step = step(op, layout.kernel, last - first, layout.chunk);
                for (int from = first; from < last; from += step) {
                    int images = Math.min(step, last - from);
                    work.add(give(from, images, places));
                    work.add(addSums(from, images, places));
                    work.add(addKernel(part, from, images, places, kernelScratch));
                    if (op.images()) {
                        int index = part - share.firstPart;
                        boolean ordered = index > 0
                                && share.inputs.get(index).primitives()
                                        == share.inputs.get(index - 1).primitives();
                        Operands mine = new Operands(images(out[2], from), in[1], places, Optional.empty());
                        work.add(share.inputs.get(index).bind(Direction.INPUT_GRADIENT, mine, inputScratch, ordered));
                    }
                }
            }
            return work.toArray(Runnable[]::new);
        }

        private MemorySegment images(MemorySegment x, long from) {
            return x.asSlice(from * layout.shape.frame().imageElements() * Float.BYTES);
        }

        private Runnable give(int from, int images, MemorySegment places) {
            MemorySegment winners = in[2].asSlice(layout.pooledElements(from));
            MemorySegment dy = in[3].asSlice(layout.pooledElements(from) * Float.BYTES);
            return () -> pooling.give(winners, dy, places, images);
        }

        /** The images begin with a chunk. */
        private Runnable addSums(int from, int images, MemorySegment places) {
            int each = layout.shape.frame().places();
            return () -> {
                for (int at = 0; at < images; at += layout.chunk) {
                    long rows = (long) Math.min(layout.chunk, images - at) * each;
                    sums.add((from + at) / layout.chunk, places, (long) at * each * layout.shape.filters(), rows);
                }
            };
        }

        private Runnable addKernel(int part, int from, int images, MemorySegment places, MemorySegment scratch) {
            MemorySegment gradient = layout.kernel.partial(part, partials, out[0]);
            Operands mine = new Operands(images(in[0], from), gradient, places, Optional.empty());
            return layout.kernel.bind(part, from, images, mine, scratch);
        }
    }
}
