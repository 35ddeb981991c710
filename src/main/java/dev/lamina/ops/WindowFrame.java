package dev.lamina.ops;

import dev.lamina.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * A window over images of known sizes, always as three axes: depth, height, width. Axes that the images lack come first
 * and have size 1, so that one loop serves images of every rank.
 */
public record WindowFrame(int images, Span depth, Span height, Span width, int channels) {
    private static final int AXES = 3;

    /**
     * One axis.
     *
     * @param input the images' size
     * @param places how many places the window takes
     * @param size of the window
     * @param before the padding before the first element
     */
    public record Span(int input, int places, int size, int stride, int dilation, int before) {
        private static final Span NONE = new Span(1, 1, 1, 1, 1, 0);

        static Span of(Window.Axis axis, int input) {
            return new Span(input, axis.places(input), axis.size(), axis.stride(), axis.dilation(), axis.before(input));
        }

        /** Which element of the input an element of the window sees at a place; in the padding if it has none. */
        public int at(int place, int element) {
            return place * stride - before + element * dilation;
        }

        /** Whether the input has such an element. */
        public boolean has(int at) {
            return at >= 0 && at < input;
        }

        /** How many of the window's elements see the input, not the padding, at a place. */
        public int inside(int place) {
            int first = Math.max(0, Math.ceilDiv(-at(place, 0), dilation));
            int last = Math.min(size - 1, Math.floorDiv(input - 1 - at(place, 0), dilation));
            return Math.max(0, last - first + 1);
        }

        /** Whether the places are the elements. */
        public boolean isIdentity() {
            return size == 1 && stride == 1 && before == 0 && places == input;
        }
    }

    static WindowFrame of(Window window, Shape images) {
        List<Span> spans = new ArrayList<>();
        for (int i = 0; i < window.rank(); i++) {
            spans.add(Span.of(window.axes().get(i), images.size(i + 1)));
        }
        while (spans.size() < AXES) {
            spans.addFirst(Span.NONE);
        }
        return new WindowFrame(images.size(0), spans.get(0), spans.get(1), spans.get(2), images.size(-1));
    }

    public WindowFrame withImages(int count) {
        return new WindowFrame(count, depth, height, width, channels);
    }

    /** The elements of the window. */
    public int taps() {
        return depth.size * height.size * width.size;
    }

    /** The elements of one image. */
    public long imageElements() {
        return (long) depth.input * height.input * width.input * channels;
    }

    /** The places of one image. */
    public int places() {
        return Math.multiplyExact(Math.multiplyExact(depth.places, height.places), width.places);
    }

    /** Whether the images are their own patches: a window of one element that visits each place. */
    public boolean isPointwise() {
        return depth.isIdentity() && height.isIdentity() && width.isIdentity();
    }
}
