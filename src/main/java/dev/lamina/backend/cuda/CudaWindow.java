package dev.lamina.backend.cuda;

import dev.lamina.ops.Window;
import dev.lamina.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Images under a sliding window, as the kernels' struct {@code Window2D}. */
record CudaWindow(Window window, int images, int height, int width, int channels, int groups) {
    /** The size of the struct. */
    static final int BYTES = 64;

    static CudaWindow of(Window window, Shape images, int groups) {
        return new CudaWindow(window, images.size(0), images.size(1), images.size(2), images.size(3), groups);
    }

    CudaWindow withImages(int count) {
        return new CudaWindow(window, count, height, width, channels, groups);
    }

    int outHeight() {
        return window.outputHeight(height);
    }

    int outWidth() {
        return window.outputWidth(width);
    }

    void write(MemorySegment memory, long offset) {
        int[] fields = {
            images,
            height,
            width,
            channels,
            outHeight(),
            outWidth(),
            window.height(),
            window.width(),
            window.strideY(),
            window.strideX(),
            window.dilationY(),
            window.dilationX(),
            window.padTop(height),
            window.padLeft(width),
            groups,
            0
        };
        MemorySegment.copy(fields, 0, memory, ValueLayout.JAVA_INT, offset, fields.length);
    }
}
