package dev.lamina.backend.cpu;

import dev.lamina.ops.WindowFrame;
import dev.lamina.ops.WindowFrame.Span;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Elements;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Turns strips of images into the matrix of their patches (im2col) and adds such a matrix back onto an image (col2im).
 * A row of the matrix is the patch of one output place: the window's elements in their order, for each the group's
 * channels; zeros outside of the image.
 */
final class Patches {
    private static final int SHORT_RUN = 16;

    private final ConvolutionShape shape;
    private final Span depth;
    private final Span height;
    private final Span width;
    private final int channels;
    private final DType dtype;
    private final int bytes;

    Patches(ConvolutionShape shape) {
        WindowFrame frame = shape.frame();
        this.shape = shape;
        this.depth = frame.depth();
        this.height = frame.height();
        this.width = frame.width();
        this.channels = frame.channels();
        this.dtype = shape.dtype();
        this.bytes = dtype.bytes();
    }

    /** One strip: some neighbouring places of one row. */
    private record Strip(long image, int z, int y, int firstX, int endX) {}

    private Strip strip(long index) {
        long row = index / shape.rowStrips();
        int firstX = (int) (index % shape.rowStrips()) * shape.stripWidth();
        return new Strip(
                row / ((long) depth.places() * height.places()),
                (int) (row / height.places() % depth.places()),
                (int) (row % height.places()),
                firstX,
                Math.min(width.places(), firstX + shape.stripWidth()));
    }

    /** What to do with a row of the images that a row of the window lies on. */
    private interface RowVisitor {
        /**
         * @param row the number of the row, counted through all images
         * @param tap the window's first element in that row
         */
        void at(long row, int tap);
    }

    /** Visits the rows of the images that a strip's window lies on. */
    private void rows(Strip strip, RowVisitor visitor) {
        for (int kz = 0; kz < depth.size(); kz++) {
            int z = depth.at(strip.z, kz);
            if (!depth.has(z)) {
                continue;
            }
            for (int ky = 0; ky < height.size(); ky++) {
                int y = height.at(strip.y, ky);
                if (height.has(y)) {
                    long row = (strip.image * depth.input() + z) * height.input() + y;
                    visitor.at(row, (kz * height.size() + ky) * width.size());
                }
            }
        }
    }

    /** What to do with a run of neighbouring elements that both the matrix and the image hold. */
    private interface Run {
        void at(long inMatrix, long inImages, int elements);
    }

    /** Writes the patches of the strips {@code from} to {@code to}. */
    void gather(MemorySegment images, int group, long from, long to, MemorySegment matrix) {
        int run = shape.groupChannels() * (hasWholeRows() ? width.size() : 1);
        if (run < SHORT_RUN && bytes == 4) {
            gatherShortRuns(images, group, from, to, matrix);
            return;
        }
        matrix.asSlice(0, (long) shape.places(from, to) * shape.patch() * bytes).fill((byte) 0);
        walk(group, from, to, (a, b, n) -> MemorySegment.copy(images, b * bytes, matrix, a * bytes, (long) n * bytes));
    }

    /** The same by way of heap arrays, for 4-byte elements: copying many runs of a few bytes each is slow. */
    private void gatherShortRuns(MemorySegment images, int group, long from, long to, MemorySegment matrix) {
        int groupChannels = shape.groupChannels();
        int extent = (width.size() - 1) * width.dilation() + 1;
        int[] imageRow =
                new int[Math.min(width.input(), (shape.stripWidth() - 1) * width.stride() + extent) * channels];
        int[] patches = new int[shape.stripWidth() * shape.patch()];
        for (long index = from; index < to; index++) {
            Strip strip = strip(index);
            // The part of the image rows that the strip sees.
            int left = Math.clamp(width.at(strip.firstX, 0), 0, width.input());
            int right = Math.clamp(width.at(strip.endX - 1, width.size() - 1) + 1L, left, width.input());
            Arrays.fill(patches, 0);
            rows(strip, (row, tap) -> {
                long start = (row * width.input() + left) * channels;
                int n = (right - left) * channels;
                MemorySegment.copy(images, ValueLayout.JAVA_INT_UNALIGNED, start * 4, imageRow, 0, n);
                for (int kx = 0; kx < width.size(); kx++) {
                    gatherTap(imageRow, left, group * groupChannels, kx, strip, patches, (tap + kx) * groupChannels);
                }
            });
            long target = (shape.placesBefore(index) - shape.placesBefore(from)) * shape.patch();
            int n = (strip.endX - strip.firstX) * shape.patch();
            MemorySegment.copy(patches, 0, matrix, ValueLayout.JAVA_INT_UNALIGNED, target * 4, n);
        }
    }

    /** What one element of the window sees, as it moves along a strip of an image row whose elements begin at left. */
    private void gatherTap(int[] imageRow, int left, int channel, int kx, Strip strip, int[] patches, int column) {
        int stride = width.stride();
        int offset = kx * width.dilation() - width.before();
        int first = Math.max(strip.firstX, Math.ceilDiv(-offset, stride));
        int end = Math.min(strip.endX, Math.floorDiv(width.input() - 1 - offset, stride) + 1);
        int patch = shape.patch();
        int step = stride * channels;
        for (int c = 0; c < shape.groupChannels(); c++) {
            int from = (first * stride + offset - left) * channels + channel + c;
            int to = (first - strip.firstX) * patch + column + c;
            for (int ox = first; ox < end; ox++) {
                patches[to] = imageRow[from];
                from += step;
                to += patch;
            }
        }
    }

    private boolean hasWholeRows() {
        return shape.groups() == 1 && width.dilation() == 1;
    }

    /** Adds the patches of those strips to the images. */
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
        for (long index = from; index < to; index++) {
            Strip strip = strip(index);
            long first = shape.placesBefore(index) - shape.placesBefore(from);
            rows(strip, (row, tap) -> walkRow(strip, first, group, row, tap, run));
        }
    }

    private void walkRow(Strip strip, long firstPlace, int group, long row, int tap, Run run) {
        int groupChannels = shape.groupChannels();
        boolean wholeRows = hasWholeRows();
        int patch = shape.patch();
        long imageRow = row * width.input();
        for (int ox = strip.firstX; ox < strip.endX; ox++) {
            int firstX = width.at(ox, 0);
            long place = (firstPlace + ox - strip.firstX) * patch + (long) tap * groupChannels;
            if (wholeRows) {
                int begin = Math.max(0, -firstX);
                int end = Math.min(width.size(), width.input() - firstX);
                if (begin < end) {
                    long source = (imageRow + firstX + begin) * groupChannels;
                    run.at(place + (long) begin * groupChannels, source, (end - begin) * groupChannels);
                }
                continue;
            }
            for (int kx = 0; kx < width.size(); kx++) {
                int x = width.at(ox, kx);
                if (width.has(x)) {
                    long source = (imageRow + x) * channels + (long) group * groupChannels;
                    run.at(place + (long) kx * groupChannels, source, groupChannels);
                }
            }
        }
    }
}
