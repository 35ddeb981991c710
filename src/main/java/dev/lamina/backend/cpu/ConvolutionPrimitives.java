package dev.lamina.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.lamina.backend.cpu.OneDnnPrimitive.Role;
import dev.lamina.ops.WindowFrame;
import dev.lamina.ops.WindowFrame.Span;
import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodHandle;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The primitives of convolution, made once for each shape, and the changes of layout that they need. */
final class ConvolutionPrimitives {
    /** {@code dnnl_forward_training}. */
    private static final int FORWARD = 64;

    /** {@code dnnl_convolution_direct}. */
    private static final int DIRECT = 1;

    private static final int REMEMBERED = 256;

    private static final Map<Key, Optional<ConvolutionPrimitives>> KNOWN = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Optional<ConvolutionPrimitives>> eldest) {
            return size() > REMEMBERED;
        }
    };

    /** Which of the three products. */
    enum Direction {
        FORWARD(Role.SOURCE, Role.WEIGHTS, Role.RESULT),
        INPUT_GRADIENT(Role.SOURCE_GRADIENT, Role.WEIGHTS, Role.RESULT_GRADIENT),
        KERNEL_GRADIENT(Role.SOURCE, Role.WEIGHTS_GRADIENT, Role.RESULT_GRADIENT);

        final Role images;
        final Role kernel;
        final Role places;

        Direction(Role images, Role kernel, Role places) {
            this.images = images;
            this.kernel = kernel;
            this.places = places;
        }
    }

    /** What a primitive is made for: the frame knows the number of images. */
    record Key(Direction direction, WindowFrame frame, int filters, boolean bias) {}

    /** Found when the first primitive is made, which is after the library was. */
    private static final class Functions {
        static final MethodHandle FORWARD_DESCRIPTOR = descriptor("convolution_forward", true, 4);
        static final MethodHandle INPUT_DESCRIPTOR = descriptor("convolution_backward_data", false, 3);
        static final MethodHandle KERNEL_DESCRIPTOR = descriptor("convolution_backward_weights", false, 4);
        static final MethodHandle REORDER_DESCRIPTOR = OneDnnFunctions.function(
                "reorder_primitive_desc_create", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

        /** Kinds, layouts, four arrays of sizes, the forward descriptor of a gradient, attributes. */
        private static MethodHandle descriptor(String name, boolean forward, int layouts) {
            Stream<MemoryLayout> kinds = forward ? Stream.of(JAVA_INT, JAVA_INT) : Stream.of(JAVA_INT);
            Stream<MemoryLayout> rest =
                    Stream.generate(() -> (MemoryLayout) JAVA_LONG).limit(layouts + 4L + (forward ? 0 : 1) + 1);
            return OneDnnFunctions.function(
                    name + "_primitive_desc_create",
                    Stream.concat(Stream.concat(Stream.of(JAVA_LONG, JAVA_LONG), kinds), rest)
                            .toArray(MemoryLayout[]::new));
        }
    }

    private final OneDnnPrimitive product;
    private final Optional<OneDnnPrimitive> reorder;

    private ConvolutionPrimitives(OneDnnPrimitive product, Optional<OneDnnPrimitive> reorder) {
        this.product = product;
        this.reorder = reorder;
    }

    /** The convolution. */
    OneDnnPrimitive product() {
        return product;
    }

    /**
     * What brings the kernel into the order that the convolution wants it in, or a kernel's gradient out of it; empty
     * if that is the usual order.
     */
    Optional<OneDnnPrimitive> reorder() {
        return reorder;
    }

    /** The primitives; none if the library has no fast code for the shape. */
    static Optional<ConvolutionPrimitives> of(Key key) {
        synchronized (KNOWN) {
            Optional<ConvolutionPrimitives> known = KNOWN.get(key);
            if (known == null) {
                known = make(key);
                KNOWN.put(key, known);
            }
            return known;
        }
    }

    private static Optional<ConvolutionPrimitives> make(Key key) {
        try (OneDnnLayouts layouts = new OneDnnLayouts()) {
            Form form = new Form(layouts, key);
            long kernel = form.kernel();
            return form.product().flatMap(product -> {
                long wanted = product.layout(key.direction.kernel);
                if (OneDnnFunctions.equal(wanted, kernel)) {
                    return Optional.of(new ConvolutionPrimitives(product, Optional.empty()));
                }
                boolean out = key.direction == Direction.KERNEL_GRADIENT;
                return reorder(out ? wanted : kernel, out ? kernel : wanted)
                        .map(reorder -> new ConvolutionPrimitives(product, Optional.of(reorder)));
            });
        }
    }

    private static Optional<OneDnnPrimitive> reorder(long from, long to) {
        long engine = OneDnnFunctions.ENGINE;
        return OneDnnPrimitive.of("reorder_primitive_desc_create", at -> (int)
                Functions.REORDER_DESCRIPTOR.invokeExact(at, from, engine, to, engine, OneDnnFunctions.ATTRIBUTES));
    }

    /** A convolution in the library's terms: channels come second in its sizes, wherever they lie in memory. */
    private static final class Form {
        private final OneDnnLayouts layouts;
        private final Key key;
        private final List<Span> spans;
        private final long images;
        private final long anyKernel;
        private final long bias;
        private final long places;
        private final long strides;
        private final long dilations;
        private final long before;
        private final long after;

        Form(OneDnnLayouts layouts, Key key) {
            WindowFrame frame = key.frame;
            this.layouts = layouts;
            this.key = key;
            Span depth = frame.depth();
            this.spans = depth.isIdentity() && depth.input() == 1
                    ? List.of(frame.height(), frame.width())
                    : List.of(depth, frame.height(), frame.width());
            this.images = channelsLast(
                    frame.channels(), spans.stream().mapToLong(Span::input).toArray());
            this.places = channelsLast(
                    key.filters, spans.stream().mapToLong(Span::places).toArray());
            this.anyKernel = layouts.any(kernelSizes());
            this.bias = key.bias ? layouts.strided(new long[] {key.filters}, new long[] {1}) : 0;
            this.strides = layouts.longs(spans.stream().mapToLong(Span::stride).toArray());
            this.dilations = layouts.longs(
                    spans.stream().mapToLong(span -> span.dilation() - 1).toArray());
            this.before = layouts.longs(spans.stream().mapToLong(Span::before).toArray());
            this.after = layouts.longs(spans.stream().mapToLong(Form::after).toArray());
        }

        /** The padding behind the last element. */
        private static long after(Span span) {
            return Math.max(0, span.at(span.places() - 1, span.size() - 1) + 1L - span.input());
        }

        private long channelsLast(int channels, long[] spatial) {
            int rank = spatial.length;
            long[] sizes = new long[rank + 2];
            long[] apart = new long[rank + 2];
            sizes[0] = key.frame.images();
            sizes[1] = channels;
            apart[1] = 1;
            long stride = channels;
            for (int i = rank - 1; i >= 0; i--) {
                sizes[i + 2] = spatial[i];
                apart[i + 2] = stride;
                stride *= spatial[i];
            }
            apart[0] = stride;
            return layouts.strided(sizes, apart);
        }

        private long[] kernelSizes() {
            long[] sizes = new long[spans.size() + 2];
            sizes[0] = key.filters;
            sizes[1] = key.frame.channels();
            for (int i = 0; i < spans.size(); i++) {
                sizes[i + 2] = spans.get(i).size();
            }
            return sizes;
        }

        /** The usual order of a kernel: {@code (..., channels, filters)}. */
        long kernel() {
            long[] sizes = kernelSizes();
            long[] apart = new long[sizes.length];
            apart[0] = 1;
            apart[1] = key.filters;
            long stride = sizes[0] * sizes[1];
            for (int i = sizes.length - 1; i >= 2; i--) {
                apart[i] = stride;
                stride *= sizes[i];
            }
            return layouts.strided(sizes, apart);
        }

        private Optional<OneDnnPrimitive> forward(long withBias) {
            long engine = OneDnnFunctions.ENGINE;
            return OneDnnPrimitive.of("convolution_forward", at -> (int) Functions.FORWARD_DESCRIPTOR.invokeExact(
                    at,
                    engine,
                    FORWARD,
                    DIRECT,
                    images,
                    anyKernel,
                    withBias,
                    places,
                    strides,
                    dilations,
                    before,
                    after,
                    OneDnnFunctions.ATTRIBUTES));
        }

        Optional<OneDnnPrimitive> product() {
            long engine = OneDnnFunctions.ENGINE;
            long attributes = OneDnnFunctions.ATTRIBUTES;
            return switch (key.direction) {
                case FORWARD -> forward(bias);
                case INPUT_GRADIENT ->
                    forward(0)
                            .flatMap(hint -> OneDnnPrimitive.of(
                                    "convolution_backward_data", at -> (int) Functions.INPUT_DESCRIPTOR.invokeExact(
                                            at,
                                            engine,
                                            DIRECT,
                                            images,
                                            anyKernel,
                                            places,
                                            strides,
                                            dilations,
                                            before,
                                            after,
                                            hint.descriptor(),
                                            attributes)));
                case KERNEL_GRADIENT ->
                    forward(0)
                            .flatMap(hint -> OneDnnPrimitive.of(
                                    "convolution_backward_weights", at -> (int) Functions.KERNEL_DESCRIPTOR.invokeExact(
                                            at,
                                            engine,
                                            DIRECT,
                                            images,
                                            anyKernel,
                                            0L,
                                            places,
                                            strides,
                                            dilations,
                                            before,
                                            after,
                                            hint.descriptor(),
                                            attributes)));
            };
        }
    }
}
