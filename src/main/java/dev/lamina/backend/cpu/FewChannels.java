package dev.lamina.backend.cpu;

import dev.lamina.ops.WindowFrame;
import dev.lamina.ops.WindowFrame.Span;
import dev.lamina.tensor.DType;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Convolutions of images with few channels, such as a network's first, in C ({@code native/cpu-loops/products.c}), for
 * which oneDNN takes several times as long: each row of places is a small product, and its elements are sums in order
 * by {@link Math#fma} as those of {@link Products}. Only windows that see no padding.
 */
final class FewChannels {
    /** With more channels oneDNN is as fast. */
    private static final int MOST = 4;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final MethodHandle CONVOLVE = Loops.function(
            "convolve",
            FunctionDescriptor.ofVoid(
                    LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, INT, INT));

    private FewChannels() {}

    /** Whether a convolution may run here. */
    static boolean serves(ConvolutionShape shape) {
        WindowFrame frame = shape.frame();
        return Products.widest() > 0
                && shape.dtype() == DType.FLOAT32
                && shape.groups() == 1
                && frame.channels() > 0
                && frame.channels() <= MOST
                && frame.depth().isIdentity()
                && frame.depth().input() == 1
                && frame.width().dilation() == 1
                && isInside(frame.height())
                && isInside(frame.width())
                && (long) frame.images() * frame.places() * shape.kernelElements() > 0;
    }

    private static boolean isInside(Span span) {
        return span.before() == 0 && span.at(span.places() - 1, span.size() - 1) < span.input();
    }

    /** Binds a convolution to its memory; the images are shared by the threads. */
    static Runnable prepare(CpuThreads threads, ConvolutionShape shape, ConvolutionByOneDnn.Operands of) {
        int shares = ConvolutionByOneDnn.shares(shape, threads);
        long images = shape.frame().images();
        CpuThreads.RangeBody body = (_, first, last) -> {
            for (long share = first; share < last; share++) {
                run(shape, of, images * share / shares, images * (share + 1) / shares, Products.widest());
            }
        };
        return () -> threads.parallelFor(shares, 1, body);
    }

    /**
     * Convolves the images {@code from} to {@code to}.
     *
     * @param lanes 8 or 16
     */
    static void run(ConvolutionShape shape, ConvolutionByOneDnn.Operands of, long from, long to, int lanes) {
        call(shape, of, from, to, false, lanes);
    }

    /**
     * Adds what images give to the gradient of the kernel: image by image, each element a sum over the places in order.
     *
     * @param of the first of so many images and of their places' gradients, and the gradient of the kernel
     * @param lanes 8 or 16
     */
    static void addGradient(ConvolutionShape shape, ConvolutionByOneDnn.Operands of, int images, int lanes) {
        call(shape, of, 0, images, true, lanes);
    }

    private static void call(
            ConvolutionShape shape, ConvolutionByOneDnn.Operands of, long from, long to, boolean gradient, int lanes) {
        WindowFrame frame = shape.frame();
        Span height = frame.height();
        Span width = frame.width();
        long channels = frame.channels();
        long image = frame.imageElements();
        long places = (long) frame.places() * shape.filters();
        long line = width.input() * channels;
        Optional<MemorySegment> bias = of.bias();
        try {
            CONVOLVE.invokeExact(
                    Loops.address(of.images(), from * image, to * image),
                    Loops.address(of.kernel(), 0, shape.kernelElements()),
                    bias.isPresent() ? Loops.address(bias.get(), 0, shape.filters()) : 0L,
                    Loops.address(of.places(), from * places, to * places),
                    to - from,
                    image,
                    (long) height.places(),
                    height.stride() * line,
                    (long) width.places(),
                    width.stride() * channels,
                    width.size() * channels,
                    (long) height.size(),
                    height.dilation() * line,
                    (long) shape.filters(),
                    gradient ? 1 : 0,
                    lanes);
        } catch (Throwable e) {
            throw Loops.failed(e);
        }
    }
}
