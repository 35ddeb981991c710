package dev.lamina.backend.cpu;

import dev.lamina.backend.cpu.ConvolutionPrimitives.Direction;
import dev.lamina.ops.ConvolutionOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * Convolution: by oneDNN where it has the code ({@link ConvolutionByOneDnn}), and as matrix products over the patches
 * of the images ({@link Patches}), band by band, one group after the other: {@code y = patches kernel}, {@code d
 * patches = dy kernel'}, {@code d kernel = patches' dy}. The workspace holds one patch matrix a thread.
 */
final class ConvolutionKernels {
    private final CpuThreads threads;
    private final Gemm gemm;
    private final HalfPrecision half;
    private final Optional<ConvolutionByOneDnn> fast;
    private final DepthwiseKernels depthwise;

    /** @param fast whether oneDNN may compute what it can; else all runs as matrix products over patches */
    ConvolutionKernels(CpuThreads threads, Gemm gemm, boolean fast) {
        this.threads = threads;
        this.gemm = gemm;
        this.half = new HalfPrecision(threads);
        this.fast = fast ? Optional.of(new ConvolutionByOneDnn(threads)) : Optional.empty();
        this.depthwise = new DepthwiseKernels(threads);
    }

    long workspaceBytes(ConvolutionOp op, List<TensorSpec> inputs) {
        ConvolutionShape shape = ConvolutionShape.of(op, inputs);
        if (DepthwiseKernels.applies(shape)) {
            return DepthwiseKernels.workspaceBytes(op, shape);
        }
        if (HalfPrecision.applies(inputs.getFirst().dtype())) {
            return HalfPrecision.bytes(inputs, op.infer(inputs).getFirst())
                    + workspaceBytes(op, HalfPrecision.asFloats(inputs));
        }
        if (op instanceof ConvolutionOp.Conv && runsInC(shape)) {
            return 0;
        }
        return fast.flatMap(primitives -> primitives.workspaceBytes(direction(op), shape, false))
                .orElseGet(() -> patchBytes(op, shape));
    }

    private boolean runsInC(ConvolutionShape shape) {
        return fast.isPresent() && FewChannels.serves(shape);
    }

    /** The same for a convolution with a bias. */
    long workspaceBytes(FusedOp.Convolution op, List<TensorSpec> inputs) {
        List<TensorSpec> product = inputs.subList(0, 2);
        if (HalfPrecision.applies(inputs.getFirst().dtype())) {
            return workspaceBytes(op.product(), product);
        }
        ConvolutionShape shape = ConvolutionShape.of(op.product(), product);
        if (runsInC(shape)) {
            return 0;
        }
        return fast.flatMap(primitives -> primitives.workspaceBytes(Direction.FORWARD, shape, true))
                .orElseGet(() -> workspaceBytes(op.product(), product));
    }

    /**
     * Binds a convolution with a bias to its memory.
     *
     * @param sum adds the bias in place, where the convolution doesn't
     */
    Runnable prepare(FusedOp.Convolution op, Operand[] inputs, Operand[] outputs, Operand workspace, Runnable sum) {
        Operand y = outputs[0];
        ConvolutionShape shape = ConvolutionShape.of(op.product(), List.of(inputs[0].spec(), inputs[1].spec()));
        ConvolutionByOneDnn.Operands operands = new ConvolutionByOneDnn.Operands(
                CpuBuffer.data(inputs[0]),
                CpuBuffer.data(inputs[1]),
                CpuBuffer.data(y),
                Optional.of(CpuBuffer.data(inputs[2])));
        if (runsInC(shape)) {
            return FewChannels.prepare(threads, shape, operands);
        }
        MemorySegment scratch = CpuBuffer.data(workspace);
        return fast.flatMap(primitives -> primitives.prepare(Direction.FORWARD, shape, operands, scratch))
                .orElseGet(() -> {
                    Operand[] factors = {inputs[0], inputs[1]};
                    Runnable product = prepare(op.product(), factors, outputs, workspace);
                    return () -> {
                        product.run();
                        sum.run();
                    };
                });
    }

    private static Direction direction(ConvolutionOp op) {
        return switch (op) {
            case ConvolutionOp.Conv _ -> Direction.FORWARD;
            case ConvolutionOp.InputBackward _ -> Direction.INPUT_GRADIENT;
            case ConvolutionOp.KernelBackward _ -> Direction.KERNEL_GRADIENT;
        };
    }

    private long patchBytes(ConvolutionOp op, ConvolutionShape shape) {
        return switch (op) {
            case ConvolutionOp.Conv _ -> threads.size() * shape.bandBytes(shape.bandStrips(threads.size()));
            case ConvolutionOp.InputBackward _ -> threads.size() * shape.bandBytes(shape.imageBandStrips());
            case ConvolutionOp.KernelBackward _ -> threads.size() * kernelBandBytes(shape) + partialBytes(shape);
        };
    }

    /** Binds a convolution or a gradient to its memory. */
    Runnable prepare(ConvolutionOp op, Operand[] inputs, Operand[] outputs, Operand workspace) {
        ConvolutionShape shape = ConvolutionShape.of(op, List.of(inputs[0].spec(), inputs[1].spec()));
        if (DepthwiseKernels.applies(shape)) {
            return () -> depthwise.run(op, shape, inputs, outputs[0], workspace);
        }
        if (HalfPrecision.applies(outputs[0].dtype())) {
            return () -> half.run(
                    inputs,
                    outputs[0],
                    workspace,
                    (in, out, rest) ->
                            prepare(op, in, new Operand[] {out}, rest).run());
        }
        MemorySegment a = CpuBuffer.data(inputs[0]);
        MemorySegment b = CpuBuffer.data(inputs[1]);
        MemorySegment y = CpuBuffer.data(outputs[0]);
        MemorySegment scratch = CpuBuffer.data(workspace);
        ConvolutionByOneDnn.Operands operands = switch (op) {
            case ConvolutionOp.Conv _ -> new ConvolutionByOneDnn.Operands(a, b, y, Optional.empty());
            case ConvolutionOp.InputBackward _ -> new ConvolutionByOneDnn.Operands(y, a, b, Optional.empty());
            case ConvolutionOp.KernelBackward _ -> new ConvolutionByOneDnn.Operands(a, y, b, Optional.empty());
        };
        if (op instanceof ConvolutionOp.Conv && runsInC(shape)) {
            return FewChannels.prepare(threads, shape, operands);
        }
        return fast.flatMap(primitives -> primitives.prepare(direction(op), shape, operands, scratch))
                .orElseGet(() -> patches(op, shape, operands, scratch));
    }

    private Runnable patches(
            ConvolutionOp op, ConvolutionShape shape, ConvolutionByOneDnn.Operands of, MemorySegment scratch) {
        return switch (op) {
            case ConvolutionOp.Conv _ -> () -> forward(shape, of.images(), of.kernel(), of.places(), scratch);
            case ConvolutionOp.InputBackward _ ->
                () -> inputBackward(shape, of.kernel(), of.places(), of.images(), scratch);
            case ConvolutionOp.KernelBackward _ ->
                () -> kernelBackward(shape, of.images(), of.places(), of.kernel(), scratch);
        };
    }

    private void forward(
            ConvolutionShape shape, MemorySegment x, MemorySegment kernel, MemorySegment y, MemorySegment workspace) {
        Patches patches = new Patches(shape);
        int bandStrips = shape.bandStrips(threads.size());
        long bandBytes = shape.bandBytes(bandStrips);
        long bands = Math.ceilDiv(shape.strips(), bandStrips);
        threads.parallelFor(bands, 1, (part, first, last) -> {
            MemorySegment matrix = workspace.asSlice(part * bandBytes, bandBytes);
            for (long band = first; band < last; band++) {
                long from = band * bandStrips;
                long to = Math.min(shape.strips(), from + bandStrips);
                for (int group = 0; group < shape.groups(); group++) {
                    MemorySegment left = patches(patches, shape, x, group, from, to, matrix);
                    GemmCall call = new GemmCall(
                            false,
                            false,
                            shape.places(from, to),
                            shape.groupFilters(),
                            shape.patch(),
                            patchStride(shape),
                            shape.filters(),
                            0,
                            shape.filters());
                    multiply(shape, bands, call, left, filters(shape, kernel, group), output(shape, y, group, from));
                }
            }
        });
    }

    private void inputBackward(
            ConvolutionShape shape, MemorySegment kernel, MemorySegment dy, MemorySegment dx, MemorySegment workspace) {
        Patches patches = new Patches(shape);
        int bandStrips = shape.imageBandStrips();
        long bandBytes = shape.bandBytes(bandStrips);
        int images = shape.frame().images();
        long imageBytes = shape.frame().imageElements() * shape.dtype().bytes();
        threads.parallelFor(images, 1, (part, first, last) -> {
            MemorySegment matrix = workspace.asSlice(part * bandBytes, bandBytes);
            dx.asSlice(first * imageBytes, (last - first) * imageBytes).fill((byte) 0);
            for (long image = first; image < last; image++) {
                long imageEnd = (image + 1) * shape.imageStrips();
                for (long from = image * shape.imageStrips(); from < imageEnd; from += bandStrips) {
                    long to = Math.min(imageEnd, from + bandStrips);
                    for (int group = 0; group < shape.groups(); group++) {
                        MemorySegment target = shape.isPointwise() ? pointwise(shape, dx, group, from) : matrix;
                        GemmCall call = new GemmCall(
                                false,
                                true,
                                shape.places(from, to),
                                shape.patch(),
                                shape.groupFilters(),
                                shape.filters(),
                                shape.filters(),
                                0,
                                patchStride(shape));
                        MemorySegment gradient = output(shape, dy, group, from);
                        multiply(shape, images, call, gradient, filters(shape, kernel, group), target);
                        if (!shape.isPointwise()) {
                            patches.scatter(matrix, group, from, to, dx);
                        }
                    }
                }
            }
        });
    }

    /**
     * A small kernel's gradient is the sum of partial ones, each over a fixed share of the strips and computed by one
     * thread; a large one is added up band by band, each product being shared by the threads.
     */
    private void kernelBackward(
            ConvolutionShape shape, MemorySegment x, MemorySegment dy, MemorySegment dk, MemorySegment workspace) {
        Patches patches = new Patches(shape);
        int partials = shape.partials();
        int bandStrips = kernelBandStrips(shape);
        long bandBytes = kernelBandBytes(shape);
        MemorySegment sums = partials == 1 ? dk : workspace.asSlice(threads.size() * bandBytes);
        long sumBytes = shape.kernelElements() * shape.dtype().bytes();
        sums.asSlice(0, partials * sumBytes).fill((byte) 0);
        threads.parallelFor(partials, 1, (part, first, last) -> {
            MemorySegment matrix = workspace.asSlice(part * bandBytes, bandBytes);
            for (long partial = first; partial < last; partial++) {
                MemorySegment sum = sums.asSlice(partial * sumBytes, sumBytes);
                long end = shape.strips() * (partial + 1) / partials;
                for (long from = shape.strips() * partial / partials; from < end; from += bandStrips) {
                    long to = Math.min(end, from + bandStrips);
                    for (int group = 0; group < shape.groups(); group++) {
                        MemorySegment left = patches(patches, shape, x, group, from, to, matrix);
                        GemmCall call = new GemmCall(
                                true,
                                false,
                                shape.patch(),
                                shape.groupFilters(),
                                shape.places(from, to),
                                patchStride(shape),
                                shape.filters(),
                                1,
                                shape.filters());
                        MemorySegment gradient = output(shape, dy, group, from);
                        multiply(shape, partials, call, left, gradient, filters(shape, sum, group));
                    }
                }
            }
        });
        if (partials > 1) {
            addPartials(shape, sums, partials, dk);
        }
    }

    private static void addPartials(ConvolutionShape shape, MemorySegment sums, int partials, MemorySegment dk) {
        int elements = Math.toIntExact(shape.kernelElements());
        DType dtype = shape.dtype();
        Scratch scratch = Scratch.current();
        double[] sum = scratch.block(0).doubles;
        double[] next = scratch.block(1).doubles;
        for (int at = 0; at < elements; at += Scratch.SIZE) {
            int n = Math.min(Scratch.SIZE, elements - at);
            Transfer.load(sums, dtype, at, sum, 0, n);
            for (int partial = 1; partial < partials; partial++) {
                Transfer.load(sums, dtype, (long) partial * elements + at, next, 0, n);
                for (int i = 0; i < n; i++) {
                    sum[i] += next[i];
                }
            }
            Transfer.store(sum, 0, dk, dtype, at, n);
        }
    }

    private static int kernelBandStrips(ConvolutionShape shape) {
        long share = Math.ceilDiv(shape.strips(), shape.partials());
        return (int) Math.min(shape.bandStrips(1), Math.max(1, share));
    }

    private static long kernelBandBytes(ConvolutionShape shape) {
        return shape.bandBytes(kernelBandStrips(shape));
    }

    private static long partialBytes(ConvolutionShape shape) {
        int partials = shape.partials();
        return partials == 1
                ? 0
                : HalfPrecision.aligned(
                        partials * shape.kernelElements() * shape.dtype().bytes());
    }

    /** Alone where the bands are shared by the threads; a single band is shared by them itself. */
    private void multiply(
            ConvolutionShape shape, long units, GemmCall call, MemorySegment a, MemorySegment b, MemorySegment c) {
        if (units > 1) {
            Gemm.multiplyAlone(shape.dtype(), call, a, b, c);
        } else {
            gemm.multiply(shape.dtype(), call, a, b, c);
        }
    }

    private static MemorySegment patches(
            Patches patches,
            ConvolutionShape shape,
            MemorySegment x,
            int group,
            long from,
            long to,
            MemorySegment matrix) {
        if (shape.isPointwise()) {
            return pointwise(shape, x, group, from);
        }
        patches.gather(x, group, from, to, matrix);
        return matrix;
    }

    private static MemorySegment pointwise(ConvolutionShape shape, MemorySegment x, int group, long strip) {
        long index = shape.placesBefore(strip) * shape.frame().channels() + (long) group * shape.groupChannels();
        return x.asSlice(index * shape.dtype().bytes());
    }

    private static MemorySegment output(ConvolutionShape shape, MemorySegment y, int group, long strip) {
        long index = shape.placesBefore(strip) * shape.filters() + (long) group * shape.groupFilters();
        return y.asSlice(index * shape.dtype().bytes());
    }

    private static MemorySegment filters(ConvolutionShape shape, MemorySegment kernel, int group) {
        return kernel.asSlice(
                (long) group * shape.groupFilters() * shape.dtype().bytes());
    }

    private static int patchStride(ConvolutionShape shape) {
        return shape.isPointwise() ? shape.frame().channels() : shape.patch();
    }
}
