package dev.lamina.backend.cuda;

import dev.lamina.ops.WindowFrame;
import dev.lamina.ops.WindowFrame.Span;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Images under a sliding window, as the kernels' struct {@code Window}. */
record CudaWindow(WindowFrame frame, int groups) {
    /** The size of the struct. */
    static final int BYTES = 88;

    void write(MemorySegment memory, long offset) {
        Span z = frame.depth();
        Span y = frame.height();
        Span x = frame.width();
        int[] fields = {
            frame.images(),
            z.input(),
            y.input(),
            x.input(),
            frame.channels(),
            z.places(),
            y.places(),
            x.places(),
            z.size(),
            y.size(),
            x.size(),
            z.stride(),
            y.stride(),
            x.stride(),
            z.dilation(),
            y.dilation(),
            x.dilation(),
            z.before(),
            y.before(),
            x.before(),
            groups,
            0
        };
        MemorySegment.copy(fields, 0, memory, ValueLayout.JAVA_INT, offset, fields.length);
    }
}
