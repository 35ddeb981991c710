package dev.lamina.backend.cpu;

import dev.lamina.ops.ConvolutionOp;
import dev.lamina.ops.Window;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.List;

/**
 * The sizes of a convolution and how it is cut up. An image row of the output is {@code outWidth} places; the rows of
 * all images are numbered through. A band is a number of such rows whose patches make a matrix of about
 * {@link #BAND_BYTES}.
 *
 * @param channels the input channels of all groups
 * @param filters the output channels of all groups
 */
record ConvolutionShape(
        Window window,
        int groups,
        int images,
        int height,
        int width,
        int channels,
        int outHeight,
        int outWidth,
        int filters,
        DType dtype) {
    private static final long BAND_BYTES = 512 << 10;

    /** With more bytes than this, partial kernel gradients are not kept beside each other. */
    private static final long PARTIAL_BYTES = 256 << 10;

    /** The number of partial sums of a small kernel's gradient. */
    private static final int PARTIALS = 16;

    static ConvolutionShape of(ConvolutionOp op, List<TensorSpec> in) {
        return switch (op) {
            case ConvolutionOp.Conv2D _ ->
                of(op, in.get(0).shape(), in.get(1).shape(), in.get(0).dtype());
            case ConvolutionOp.Conv2DInputBackward back ->
                of(op, back.target(), in.get(0).shape(), in.get(0).dtype());
            case ConvolutionOp.Conv2DKernelBackward back ->
                of(op, in.get(0).shape(), back.target(), in.get(0).dtype());
        };
    }

    private static ConvolutionShape of(ConvolutionOp op, Shape x, Shape kernel, DType dtype) {
        return new ConvolutionShape(
                op.window(),
                op.groups(),
                x.size(0),
                x.size(1),
                x.size(2),
                x.size(3),
                op.window().outputHeight(x.size(1)),
                op.window().outputWidth(x.size(2)),
                kernel.size(3),
                dtype);
    }

    int groupChannels() {
        return channels / groups;
    }

    int groupFilters() {
        return filters / groups;
    }

    /** The elements of one patch: a row of the patch matrix, and of the kernel as a matrix. */
    int patch() {
        return window.height() * window.width() * groupChannels();
    }

    /** Whether the image itself is the patch matrix: a window of one element that visits each place. */
    boolean isPointwise() {
        return window.height() == 1 && window.width() == 1 && window.strideY() == 1 && window.strideX() == 1;
    }

    /** The output rows of all images together. */
    long rows() {
        return (long) images * outHeight;
    }

    long rowBytes() {
        return (long) outWidth * patch() * dtype.bytes();
    }

    /** The rows of a band when all images' rows are shared by so many threads. */
    int bandRows(int threads) {
        long share = Math.ceilDiv(rows(), threads);
        return (int) Math.clamp(BAND_BYTES / Math.max(1, rowBytes()), 1, Math.max(1, share));
    }

    /** The rows of a band that stays inside one image. */
    int imageBandRows() {
        return Math.clamp(BAND_BYTES / Math.max(1, rowBytes()), 1, Math.max(1, outHeight));
    }

    long kernelElements() {
        return (long) patch() * filters;
    }

    /** How many partial sums the kernel's gradient is made of; depends on the shape alone. */
    int partials() {
        boolean small = kernelElements() * dtype.bytes() <= PARTIAL_BYTES;
        return small ? Math.clamp(rows() / 4, 1, PARTIALS) : 1;
    }

    /** The bytes of one patch matrix, of so many rows. */
    long bandBytes(int bandRows) {
        return isPointwise() ? 0 : HalfPrecision.aligned(bandRows * rowBytes());
    }
}
