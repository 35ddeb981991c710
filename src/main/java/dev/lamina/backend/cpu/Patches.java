package dev.lamina.backend.cpu;

import dev.lamina.ops.Window;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Elements;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Turns image rows into the matrix of their patches (im2col) and adds such a matrix back onto an image (col2im). A row
 * of the matrix is the patch of one output place: window rows, window columns, the group's channels; zeros outside of
 * the image.
 */
final class Patches {
    private static final int SHORT_RUN = 16;

    private final ConvolutionShape shape;
    private final Window window;
    private final DType dtype;
    private final int bytes;
    private final int top;
    private final int left;

    Patches(ConvolutionShape shape) {
        this.shape = shape;
        this.window = shape.window();
        this.dtype = shape.dtype();
        this.bytes = dtype.bytes();
        this.top = window.padTop(shape.height());
        this.left = window.padLeft(shape.width());
    }

    /** What to do with a run of neighbouring elements that both the matrix and the image hold. */
    private interface Run {
        void at(long inMatrix, long inImages, int elements);
    }

    /** Writes the patches of the output rows {@code from} to {@code to}, numbered through all images. */
    void gather(MemorySegment images, int group, long from, long to, MemorySegment matrix) {
        int run = shape.groupChannels() * (hasWholeRows() ? window.width() : 1);
        if (run < SHORT_RUN && bytes == 4) {
            gatherShortRuns(images, group, from, to, matrix);
            return;
        }
        matrix.asSlice(0, (to - from) * shape.rowBytes()).fill((byte) 0);
        walk(group, from, to, (a, b, n) -> MemorySegment.copy(images, b * bytes, matrix, a * bytes, (long) n * bytes));
    }

    /** The same by way of heap arrays, for 4-byte elements: copying many runs of a few bytes each is slow. */
    private void gatherShortRuns(MemorySegment images, int group, long from, long to, MemorySegment matrix) {
        int groupChannels = shape.groupChannels();
        int rowElements = shape.width() * shape.channels();
        int[] imageRow = new int[rowElements];
        int[] patches = new int[shape.outWidth() * shape.patch()];
        for (long row = from; row < to; row++) {
            long image = row / shape.outHeight();
            int firstY = (int) (row % shape.outHeight()) * window.strideY() - top;
            Arrays.fill(patches, 0);
            for (int ky = 0; ky < window.height(); ky++) {
                int y = firstY + ky * window.dilationY();
                if (y >= 0 && y < shape.height()) {
                    long index = (image * shape.height() + y) * rowElements;
                    MemorySegment.copy(images, ValueLayout.JAVA_INT_UNALIGNED, index * 4, imageRow, 0, rowElements);
                    for (int kx = 0; kx < window.width(); kx++) {
                        int column = (ky * window.width() + kx) * groupChannels;
                        gatherTap(imageRow, group * groupChannels, kx, patches, column);
                    }
                }
            }
            long target = (row - from) * patches.length;
            MemorySegment.copy(patches, 0, matrix, ValueLayout.JAVA_INT_UNALIGNED, target * 4, patches.length);
        }
    }

    /** What one element of the window sees, as it moves along an image row. */
    private void gatherTap(int[] imageRow, int channel, int kx, int[] patches, int column) {
        int stride = window.strideX();
        int offset = kx * window.dilationX() - left;
        int first = Math.max(0, Math.ceilDiv(-offset, stride));
        int end = Math.min(shape.outWidth(), Math.floorDiv(shape.width() - 1 - offset, stride) + 1);
        int patch = shape.patch();
        int step = stride * shape.channels();
        for (int c = 0; c < shape.groupChannels(); c++) {
            int from = (first * stride + offset) * shape.channels() + channel + c;
            int to = first * patch + column + c;
            for (int ox = first; ox < end; ox++) {
                patches[to] = imageRow[from];
                from += step;
                to += patch;
            }
        }
    }

    private boolean hasWholeRows() {
        return shape.groups() == 1 && window.dilationX() == 1;
    }

    /** Adds the patches of those output rows to the images. */
    void scatter(MemorySegment matrix, int group, long from, long to, MemorySegment images) {
        walk(group, from, to, (a, b, n) -> {
            if (n < SHORT_RUN) {
                for (int i = 0; i < n; i++) {
                    double sum = Elements.getDouble(images, dtype, b + i) + Elements.getDouble(matrix, dtype, a + i);
                    Elements.setDouble(images, dtype, b + i, sum);
                }
                return;
            }
            Block sums = Scratch.current().block(0);
            Block terms = Scratch.current().block(1);
            for (int done = 0; done < n; done += Scratch.SIZE) {
                int some = Math.min(Scratch.SIZE, n - done);
                Lane lane = Lane.of(dtype);
                sums.load(lane, images, dtype, b + done, 0, some);
                terms.load(lane, matrix, dtype, a + done, 0, some);
                sums.addFrom(lane, terms, some);
                sums.store(lane, images, dtype, b + done, some);
            }
        });
    }

    private void walk(int group, long from, long to, Run run) {
        int groupChannels = shape.groupChannels();
        boolean wholeRows = hasWholeRows();
        int patch = shape.patch();
        for (long row = from; row < to; row++) {
            long image = row / shape.outHeight();
            int firstY = (int) (row % shape.outHeight()) * window.strideY() - top;
            for (int ky = 0; ky < window.height(); ky++) {
                int y = firstY + ky * window.dilationY();
                if (y < 0 || y >= shape.height()) {
                    continue;
                }
                long imageRow = (image * shape.height() + y) * shape.width();
                for (int ox = 0; ox < shape.outWidth(); ox++) {
                    int firstX = ox * window.strideX() - left;
                    long place =
                            ((row - from) * shape.outWidth() + ox) * patch + (long) ky * window.width() * groupChannels;
                    if (wholeRows) {
                        int begin = Math.max(0, -firstX);
                        int end = Math.min(window.width(), shape.width() - firstX);
                        if (begin < end) {
                            long source = (imageRow + firstX + begin) * groupChannels;
                            run.at(place + (long) begin * groupChannels, source, (end - begin) * groupChannels);
                        }
                        continue;
                    }
                    for (int kx = 0; kx < window.width(); kx++) {
                        int x = firstX + kx * window.dilationX();
                        if (x >= 0 && x < shape.width()) {
                            long source = (imageRow + x) * shape.channels() + (long) group * groupChannels;
                            run.at(place + (long) kx * groupChannels, source, groupChannels);
                        }
                    }
                }
            }
        }
    }
}
