package dev.lamina.backend.cuda;

import dev.lamina.ops.ConvolutionOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;

/**
 * The convolution with as many groups as channels, without matrices: as products it would be as many as there are
 * channels, of a column each. The gradient of the kernel sums chunks of the places first, then the chunks.
 */
final class CudaDepthwise {
    private final CudaLauncher launcher;
    private final KernelTable<String> typed;

    CudaDepthwise(CudaLauncher launcher) {
        this.launcher = launcher;
        this.typed = KernelTable.typed(launcher.library());
    }

    static boolean applies(ConvolutionSizes sizes) {
        return sizes.groups() > 1 && sizes.groupChannels() == 1;
    }

    static long workspaceBytes(ConvolutionOp op, ConvolutionSizes sizes) {
        return switch (op) {
            case ConvolutionOp.Conv _, ConvolutionOp.InputBackward _ -> 0;
            case ConvolutionOp.KernelBackward _ ->
                chunks(sizes)
                        * kernelElements(sizes)
                        * accumulator(sizes.dtype()).bytes();
        };
    }

    private static long kernelElements(ConvolutionSizes sizes) {
        return (long) sizes.frame().taps() * sizes.filters();
    }

    private static long allPlaces(ConvolutionSizes sizes) {
        return (long) sizes.frame().images() * sizes.places();
    }

    private static long chunks(ConvolutionSizes sizes) {
        long places = allPlaces(sizes);
        return Math.ceilDiv(places, Chunks.ofColumn(places));
    }

    private static DType accumulator(DType dtype) {
        return dtype == DType.FLOAT64 ? dtype : DType.FLOAT32;
    }

    void run(ConvolutionOp op, ConvolutionSizes sizes, Operand[] in, Operand y, Operand workspace) {
        switch (op) {
            case ConvolutionOp.Conv _ -> elements("conv_depthwise", sizes, in, y);
            case ConvolutionOp.InputBackward _ -> elements("conv_depthwise_input_backward", sizes, in, y);
            case ConvolutionOp.KernelBackward _ ->
                kernelBackward(sizes, in[0], in[1], y, CudaBuffer.address(workspace));
        }
    }

    private void elements(String kernel, ConvolutionSizes sizes, Operand[] in, Operand y) {
        long elements = y.shape().elements();
        launcher.start(typed.get(kernel, sizes.dtype()))
                .pointer(in[0])
                .pointer(in[1])
                .pointer(y)
                .window(new CudaWindow(sizes.frame(), sizes.groups()))
                .i64(elements)
                .i32(sizes.groupFilters())
                .overElements(elements);
    }

    private void kernelBackward(ConvolutionSizes sizes, Operand x, Operand dy, Operand dk, long partials) {
        DType dtype = sizes.dtype();
        long elements = kernelElements(sizes);
        long chunks = chunks(sizes);
        launcher.start(typed.get("conv_depthwise_kernel_backward_partial", dtype))
                .pointer(x)
                .pointer(dy)
                .pointer(partials)
                .window(new CudaWindow(sizes.frame(), sizes.groups()))
                .i64(chunks * elements)
                .i64(Chunks.ofColumn(allPlaces(sizes)))
                .i32(sizes.groupFilters())
                .overElements(chunks * elements);
        String sum = accumulator(dtype) == dtype ? "reduce_sum_columns" : "reduce_sum_columns_finish";
        launcher.start(typed.get(sum, dtype))
                .pointer(partials)
                .pointer(dk)
                .i64(1)
                .i64(chunks)
                .i64(elements)
                .i64(chunks)
                .f64(1)
                .overColumns(1, elements);
    }
}
