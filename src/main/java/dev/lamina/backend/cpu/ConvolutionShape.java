package dev.lamina.backend.cpu;

import dev.lamina.ops.ConvolutionOp;
import dev.lamina.ops.WindowFrame;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.List;

/**
 * The sizes of a convolution and how it is cut up. A strip is a row of places of the output, or a part of a long row;
 * the strips of all images are numbered through. A band is a number of strips whose patches make a matrix of about
 * {@link #BAND_BYTES}.
 *
 * @param filters the output channels of all groups
 */
record ConvolutionShape(WindowFrame frame, int groups, int filters, DType dtype) {
    private static final long BAND_BYTES = 512 << 10;

    /** With more bytes than this, partial kernel gradients are not kept beside each other. */
    private static final long PARTIAL_BYTES = 256 << 10;

    /** The number of partial sums of a small kernel's gradient. */
    private static final int PARTIALS = 16;

    static ConvolutionShape of(ConvolutionOp op, List<TensorSpec> in) {
        return switch (op) {
            case ConvolutionOp.Conv _ ->
                of(op, in.get(0).shape(), in.get(1).shape(), in.get(0).dtype());
            case ConvolutionOp.InputBackward back ->
                of(op, back.target(), in.get(0).shape(), in.get(0).dtype());
            case ConvolutionOp.KernelBackward back ->
                of(op, in.get(0).shape(), back.target(), in.get(0).dtype());
        };
    }

    private static ConvolutionShape of(ConvolutionOp op, Shape x, Shape kernel, DType dtype) {
        return new ConvolutionShape(op.window().over(x), op.groups(), kernel.size(-1), dtype);
    }

    int groupChannels() {
        return frame.channels() / groups;
    }

    int groupFilters() {
        return filters / groups;
    }

    /** The elements of one patch: a row of the patch matrix, and of the kernel as a matrix. */
    int patch() {
        return frame.taps() * groupChannels();
    }

    boolean isPointwise() {
        return frame.isPointwise();
    }

    private long placeBytes() {
        return Math.max(1, (long) patch() * dtype.bytes());
    }

    /** The places of a strip; the last strip of a row may be shorter. */
    int stripWidth() {
        return Math.clamp(
                BAND_BYTES / placeBytes(), 1, Math.max(1, frame.width().places()));
    }

    /** The strips of one row. */
    int rowStrips() {
        return Math.ceilDiv(frame.width().places(), stripWidth());
    }

    /** The strips of one image. */
    int imageStrips() {
        return Math.multiplyExact(frame.depth().places() * frame.height().places(), rowStrips());
    }

    /** The strips of all images together. */
    long strips() {
        return (long) frame.images() * imageStrips();
    }

    /** How many places of all images lie before a strip. */
    long placesBefore(long strip) {
        return strip / rowStrips() * frame.width().places() + strip % rowStrips() * stripWidth();
    }

    /** The places of the strips {@code from} to {@code to}. */
    int places(long from, long to) {
        return Math.toIntExact(placesBefore(to) - placesBefore(from));
    }

    /** The strips of a band when all images' strips are shared by so many threads. */
    int bandStrips(int threads) {
        long share = Math.ceilDiv(strips(), threads);
        return (int) Math.clamp(BAND_BYTES / (stripWidth() * placeBytes()), 1, Math.max(1, share));
    }

    /** The strips of a band that stays inside one image. */
    int imageBandStrips() {
        return Math.clamp(BAND_BYTES / (stripWidth() * placeBytes()), 1, Math.max(1, imageStrips()));
    }

    long kernelElements() {
        return (long) patch() * filters;
    }

    /** The bytes of what the convolution gives of one image. */
    long outputBytes() {
        return (long) frame.places() * filters * dtype.bytes();
    }

    /** How many partial sums the kernel's gradient is made of; depends on the shape alone. */
    int partials() {
        boolean small = kernelElements() * dtype.bytes() <= PARTIAL_BYTES;
        return small ? Math.clamp(strips() / 4, 1, PARTIALS) : 1;
    }

    /** The bytes of one patch matrix, of so many strips. */
    long bandBytes(int bandStrips) {
        return isPointwise() ? 0 : HalfPrecision.aligned((long) bandStrips * stripWidth() * placeBytes());
    }
}
