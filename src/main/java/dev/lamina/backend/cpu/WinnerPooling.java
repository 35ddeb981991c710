package dev.lamina.backend.cpu;

import dev.lamina.ops.WindowFrame;
import dev.lamina.ops.WindowFrame.Span;
import dev.lamina.tensor.DType;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/**
 * Max pooling of float32 images that says which element of each window it has chosen, and its gradient, which needs no
 * more; in C ({@code native/cpu-loops/products.c}), by the calling thread. For windows side by side that see no
 * padding.
 */
final class WinnerPooling {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    private static final MethodHandle POOL = Loops.function(
            "pool_winners",
            FunctionDescriptor.ofVoid(LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, INT, INT));

    private static final MethodHandle GIVE = Loops.function(
            "give_winners",
            FunctionDescriptor.ofVoid(LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, INT));

    private final WindowFrame frame;
    private final int lanes;

    /** @param lanes 8 or 16 */
    WinnerPooling(WindowFrame frame, int lanes) {
        this.frame = frame;
        this.lanes = lanes;
    }

    /** Whether pooling runs here. */
    static boolean serves(WindowFrame frame, DType dtype) {
        return Products.widest() > 0
                && FloatMaxPooling.pools(frame, dtype)
                && isApart(frame.height())
                && isApart(frame.width())
                && frame.places() > 0;
    }

    private static boolean isApart(Span span) {
        return span.before() == 0
                && span.dilation() == 1
                && span.stride() == span.size()
                && span.places() * span.stride() <= span.input();
    }

    private long pooledElements(int images) {
        return (long) images * frame.places() * frame.channels();
    }

    private static long bytes(MemorySegment segment, long count) {
        Objects.checkFromIndexSize(0, count, segment.byteSize());
        return segment.address();
    }

    /**
     * Pools so many images.
     *
     * @param cut whether what is below 0 is cut off; then it does not win
     */
    void pool(MemorySegment x, MemorySegment y, MemorySegment winners, int images, boolean cut) {
        long elements = pooledElements(images);
        try {
            POOL.invokeExact(
                    Loops.address(x, 0, images * frame.imageElements()),
                    Loops.address(y, 0, elements),
                    bytes(winners, elements),
                    (long) images,
                    (long) frame.height().input(),
                    (long) frame.width().input(),
                    (long) frame.channels(),
                    (long) frame.height().places(),
                    (long) frame.width().places(),
                    (long) frame.height().size(),
                    (long) frame.width().size(),
                    cut ? 1 : 0,
                    lanes);
        } catch (Throwable e) {
            throw Loops.failed(e);
        }
    }

    /** Gives the gradients of so many images to the winners, 0 to all others. */
    void give(MemorySegment winners, MemorySegment dy, MemorySegment dx, int images) {
        long elements = pooledElements(images);
        try {
            GIVE.invokeExact(
                    bytes(winners, elements),
                    Loops.address(dy, 0, elements),
                    Loops.address(dx, 0, images * frame.imageElements()),
                    (long) images,
                    (long) frame.height().input(),
                    (long) frame.width().input(),
                    (long) frame.channels(),
                    (long) frame.height().places(),
                    (long) frame.width().places(),
                    (long) frame.height().size(),
                    (long) frame.width().size(),
                    lanes);
        } catch (Throwable e) {
            throw Loops.failed(e);
        }
    }
}
