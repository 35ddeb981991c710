package dev.lamina.backend.cuda;

import dev.lamina.ops.ConvolutionOp;
import dev.lamina.ops.WindowFrame;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.List;

/**
 * The sizes of a convolution and how it is cut up: the patches of a band of images are made at a time.
 *
 * @param filters the output channels of all groups
 * @param patchDType the type of the patches; gradients of bfloat16 and float16 images are summed in float32
 */
record ConvolutionSizes(WindowFrame frame, int groups, int filters, DType dtype, DType patchDType) {
    /** The patches of a band take about this much; one image's are always made at once. */
    private static final long BAND_BYTES = 256L << 20;

    static ConvolutionSizes of(ConvolutionOp op, List<TensorSpec> in) {
        TensorSpec first = in.getFirst();
        DType dtype = first.dtype();
        return switch (op) {
            case ConvolutionOp.Conv _ -> of(op, first.shape(), in.get(1).shape(), dtype, dtype);
            case ConvolutionOp.InputBackward back -> {
                boolean sums = !op.window().over(back.target()).isPointwise();
                yield of(op, back.target(), first.shape(), dtype, sums ? wide(dtype) : dtype);
            }
            case ConvolutionOp.KernelBackward back -> of(op, first.shape(), back.target(), dtype, dtype);
        };
    }

    private static ConvolutionSizes of(ConvolutionOp op, Shape images, Shape kernel, DType dtype, DType patchDType) {
        return new ConvolutionSizes(op.window().over(images), op.groups(), kernel.size(-1), dtype, patchDType);
    }

    private static DType wide(DType dtype) {
        return dtype.isHalf() ? DType.FLOAT32 : dtype;
    }

    /** Whether the images themselves are the patch matrix. */
    boolean isPointwise() {
        return frame.isPointwise();
    }

    /** Whether patches are of another type than the images. */
    boolean isWidened() {
        return patchDType != dtype;
    }

    int groupChannels() {
        return frame.channels() / groups;
    }

    int groupFilters() {
        return filters / groups;
    }

    /** The output places of one image. */
    int places() {
        return frame.places();
    }

    /** The elements of one patch: a row of a group's patch matrix. */
    int patch() {
        return frame.taps() * groupChannels();
    }

    /** The elements of the patches of one image, all groups. */
    long patchElements() {
        return (long) places() * patch() * groups;
    }

    long imageElements() {
        return frame.imageElements();
    }

    /** The elements of one image's output. */
    long outputElements() {
        return (long) places() * filters;
    }

    /** How many images' patches are made at a time. */
    int band() {
        int images = Math.max(1, frame.images());
        long bytes = Math.max(1, patchElements() * patchDType.bytes());
        return isPointwise() ? images : Math.clamp(BAND_BYTES / bytes, 1, images);
    }

    /** The bytes of a band's patches. */
    long matrixBytes() {
        return isPointwise() ? 0 : band() * patchElements() * patchDType.bytes();
    }

    /** The patches and, behind them, the images in the patches' type if it is another one. */
    long workspaceBytes() {
        return matrixBytes() + (isWidened() ? band() * imageElements() * patchDType.bytes() : 0);
    }

    /** The distance between the rows of a group's patch matrix. */
    int patchDistance() {
        return isPointwise() ? frame.channels() : patch();
    }

    /** The distance between the patch matrices of the groups, for so many images. */
    long groupDistance(int images) {
        return isPointwise() ? groupChannels() : (long) images * places() * patch();
    }
}
