package dev.lamina.backend.cuda;

import dev.lamina.ops.ConvolutionOp;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.TensorSpec;
import java.util.List;

/**
 * Convolution as matrix products over the patches of the images: {@code y = patches kernel}, {@code d patches = dy
 * kernel'}, {@code d kernel = patches' dy}, all groups in one call. The patches of a band of images are made at a time.
 */
final class CudaConvolution {
    private final CudaLauncher launcher;
    private final CudaBlas blas;
    private final KernelTable<String> typed;
    private final KernelTable<String> sized;
    private final KernelTable<String> casts;
    private final CudaDepthwise depthwise;

    CudaConvolution(CudaLauncher launcher, CudaBlas blas) {
        this.launcher = launcher;
        this.blas = blas;
        this.typed = KernelTable.typed(launcher.library());
        this.sized = KernelTable.sized(launcher.library());
        this.casts = KernelTable.twiceTyped(launcher.library());
        this.depthwise = new CudaDepthwise(launcher);
    }

    long workspaceBytes(ConvolutionOp op, List<TensorSpec> inputs) {
        ConvolutionSizes sizes = ConvolutionSizes.of(op, inputs);
        return CudaDepthwise.applies(sizes) ? CudaDepthwise.workspaceBytes(op, sizes) : sizes.workspaceBytes();
    }

    void run(ConvolutionOp op, Operand[] inputs, Operand[] outputs, Operand workspace) {
        ConvolutionSizes sizes = ConvolutionSizes.of(op, List.of(inputs[0].spec(), inputs[1].spec()));
        Operand y = outputs[0];
        if (y.bytes() == 0 || inputs[0].bytes() == 0 || inputs[1].bytes() == 0) {
            launcher.clear(y);
            return;
        }
        if (CudaDepthwise.applies(sizes)) {
            depthwise.run(op, sizes, inputs, y, workspace);
            return;
        }
        long a = CudaBuffer.address(inputs[0]);
        long b = CudaBuffer.address(inputs[1]);
        long out = CudaBuffer.address(y);
        long matrix = CudaBuffer.address(workspace);
        int all = sizes.frame().images();
        for (int first = 0; first < all; first += sizes.band()) {
            Band band = new Band(sizes, first, Math.min(sizes.band(), all - first), matrix);
            switch (op) {
                case ConvolutionOp.Conv _ -> forward(band, a, b, out);
                case ConvolutionOp.InputBackward _ -> inputBackward(band, a, b, out);
                case ConvolutionOp.KernelBackward _ -> kernelBackward(band, a, b, out);
            }
        }
    }

    /** Some neighbouring images and the memory for their patches. */
    private record Band(ConvolutionSizes sizes, int first, int images, long matrix) {
        /** Where the band's images begin in an array of images. */
        long images(long x) {
            return x + first * sizes.imageElements() * sizes.dtype().bytes();
        }

        long outputs(long y) {
            return y + first * sizes.outputElements() * sizes.dtype().bytes();
        }

        int places() {
            return Math.multiplyExact(images, sizes.places());
        }

        CudaWindow window() {
            return new CudaWindow(sizes.frame().withImages(images), sizes.groups());
        }

        /** Where the patch matrix is: the images themselves if they are one. */
        long patches(long x) {
            return sizes.isPointwise() ? images(x) : matrix;
        }
    }

    private void forward(Band band, long x, long kernel, long y) {
        ConvolutionSizes sizes = band.sizes;
        gather(band, x);
        CudaGemm gemm = CudaGemm.dense(false, false, band.places(), sizes.groupFilters(), sizes.patch())
                .withRowDistances(sizes.patchDistance(), sizes.filters(), sizes.filters())
                .batched(sizes.groups(), sizes.groupDistance(band.images), sizes.groupFilters(), sizes.groupFilters());
        blas.multiply(gemm, sizes.dtype(), band.patches(x), kernel, band.outputs(y));
    }

    private void inputBackward(Band band, long kernel, long dy, long dx) {
        ConvolutionSizes sizes = band.sizes;
        CudaGemm gemm = CudaGemm.dense(false, true, band.places(), sizes.patch(), sizes.groupFilters())
                .withRowDistances(sizes.filters(), sizes.filters(), sizes.patchDistance())
                .batched(sizes.groups(), sizes.groupFilters(), sizes.groupFilters(), sizes.groupDistance(band.images));
        blas.multiply(gemm, sizes.dtype(), sizes.patchDType(), band.outputs(dy), kernel, band.patches(dx));
        if (sizes.isPointwise()) {
            return;
        }
        long elements = band.images * sizes.imageElements();
        long sums = sizes.isWidened() ? band.matrix + sizes.matrixBytes() : band.images(dx);
        launcher.start(typed.get("col2im", sizes.patchDType()))
                .pointer(band.matrix)
                .pointer(sums)
                .window(band.window())
                .i64(elements)
                .overElements(elements);
        if (sizes.isWidened()) {
            launcher.start(casts.get("cast", sizes.patchDType(), sizes.dtype()))
                    .pointer(sums)
                    .pointer(band.images(dx))
                    .i64(elements)
                    .overElements(elements);
        }
    }

    private void kernelBackward(Band band, long x, long dy, long dk) {
        ConvolutionSizes sizes = band.sizes;
        gather(band, x);
        CudaGemm gemm = CudaGemm.dense(true, false, sizes.patch(), sizes.groupFilters(), band.places())
                .withRowDistances(sizes.patchDistance(), sizes.filters(), sizes.filters())
                .batched(sizes.groups(), sizes.groupDistance(band.images), sizes.groupFilters(), sizes.groupFilters())
                .accumulating(band.first > 0);
        blas.multiply(gemm, sizes.dtype(), band.patches(x), band.outputs(dy), dk);
    }

    /** Makes the patches, unless the images are the patches. */
    private void gather(Band band, long x) {
        ConvolutionSizes sizes = band.sizes;
        if (!sizes.isPointwise()) {
            long elements = band.images * sizes.patchElements();
            launcher.start(sized.get("im2col", sizes.dtype()))
                    .pointer(band.images(x))
                    .pointer(band.matrix)
                    .window(band.window())
                    .i64(elements)
                    .overElements(elements);
        }
    }
}
