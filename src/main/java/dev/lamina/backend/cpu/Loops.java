package dev.lamina.backend.cpu;

import dev.lamina.backend.NativeFiles;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loops over float32 memory in C ({@code native/cpu-loops}), which give the bits of the plain Java loops beside their
 * calls: those copy blocks to heap arrays and back, since the JIT compiler vectorises no loop over several memory
 * segments. Where the library was not built, or with {@code -Ddev.lamina.cpu.loops=off}, {@link #PRESENT} is false and
 * no method may be called. Who calls keeps the memory from being freed.
 */
final class Loops {
    private static final Logger LOG = LoggerFactory.getLogger(Loops.class);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
    private static final int WINDOW_NUMBERS = 7;

    private static final @Nullable SymbolLookup LIBRARY = load();

    /** Whether the loops are there. */
    static final boolean PRESENT = LIBRARY != null;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    // A class each: a function is linked, which takes some milliseconds, when it is first called.

    private static final class AdamLoop {
        static final MethodHandle CALL = function(
                "adam", LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, FLOAT, FLOAT, FLOAT, FLOAT, FLOAT, FLOAT);
    }

    private static final class DescendLoop {
        static final MethodHandle CALL = function("descend", LONG, LONG, LONG, LONG, FLOAT);
    }

    private static final class GateLoop {
        static final MethodHandle CALL = function("gate", LONG, LONG, LONG, LONG);
    }

    private static final class ReluLoop {
        static final MethodHandle CALL = function("relu", LONG, LONG, LONG);
    }

    private static final class AddRowLoop {
        static final MethodHandle CALL = function("add_row", LONG, LONG, LONG, LONG, LONG, INT);
    }

    private static final class AddToLoop {
        /** The sums are a heap array. */
        static final MethodHandle CALL =
                function("add_to", Linker.Option.critical(true), ValueLayout.ADDRESS, LONG, LONG, LONG);
    }

    private static final class SumRowsLoop {
        static final MethodHandle CALL =
                function("sum_rows", Linker.Option.critical(false), LONG, LONG, LONG, LONG, ValueLayout.JAVA_DOUBLE);
    }

    private static final class PoolLoops {
        static final MethodHandle MAX = function("pool_max", LONG, LONG, LONG, LONG);
        static final MethodHandle GIVE = function("pool_give", LONG, LONG, LONG, LONG, LONG, LONG);
    }

    /** By wider instructions than the compiler finds, where there are {@link Products}. */
    private static final class WidePoolLoops {
        static final MethodHandle MAX = function("pool_max_wide", LONG, LONG, LONG, INT);
        static final MethodHandle GIVE = function("pool_give_wide", LONG, LONG, LONG, LONG, LONG, INT);
    }

    private Loops() {}

    private static MethodHandle function(String name, MemoryLayout... arguments) {
        return function(name, FunctionDescriptor.ofVoid(arguments));
    }

    private static MethodHandle function(String name, Linker.Option option, MemoryLayout... arguments) {
        return function(name, FunctionDescriptor.ofVoid(arguments), option);
    }

    /** A function of the library; one that does nothing where that is not there. */
    static MethodHandle function(String name, FunctionDescriptor type, Linker.Option... options) {
        SymbolLookup library = LIBRARY;
        if (library == null) {
            return MethodHandles.empty(type.toMethodType());
        }
        return Linker.nativeLinker().downcallHandle(library.findOrThrow("lamina_" + name), type, options);
    }

    private static @Nullable SymbolLookup load() {
        if (System.getProperty("dev.lamina.cpu.loops", "on").equals("off")) {
            LOG.info("Loops run in plain Java: the native ones are switched off by dev.lamina.cpu.loops.");
            return null;
        }
        try {
            String library = "liblamina-loops.so";
            Path folder = NativeFiles.unpack("loops", folder(), library);
            return SymbolLookup.libraryLookup(folder.resolve(library), Arena.global());
        } catch (IOException | RuntimeException | LinkageError e) {
            LOG.info("Loops run in plain Java, which is slower: the native ones can't be used here: {}", e.toString());
            return null;
        }
    }

    private static String folder() throws IOException {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        if (!system.equals("linux")) {
            throw new IOException("they are built on Linux only, this is " + system);
        }
        return switch (System.getProperty("os.arch")) {
            case "amd64", "x86_64" -> "dev/lamina/native/linux-x86_64/";
            case "aarch64", "arm64" -> "dev/lamina/native/linux-arm64/";
            case String other -> throw new IOException("there are none for the processor " + other);
        };
    }

    /** The address of the elements {@code from} to {@code to} of a segment, which has them all. */
    static long address(MemorySegment segment, long from, long to) {
        return segment.address() + Objects.checkFromToIndex(from, to, segment.byteSize() / Float.BYTES) * Float.BYTES;
    }

    static IllegalStateException failed(Throwable cause) {
        if (cause instanceof RuntimeException exception) {
            throw exception;
        }
        if (cause instanceof Error error) {
            throw error;
        }
        return new IllegalStateException("[loops] calling a native loop failed", cause);
    }

    /**
     * Adam's numbers.
     *
     * @param first {@code 1 - beta1}
     * @param second {@code 1 - beta2}
     * @param decay what a weight loses before: {@code w -= w * decay * rate}, unless it is 0
     */
    record Adam(float first, float second, float epsilon, float decay) {}

    /**
     * {@code m += (g - m) first; v += (g g - v) second; w -= m step / (sqrt(v) + epsilon)} for the elements
     * {@code from} to {@code to}. A result may lie over any operand.
     *
     * @param operands w, g, m, v
     * @param results w, m, v
     * @param step the rate with the corrections of this step
     */
    static void adam(
            MemorySegment[] operands, MemorySegment[] results, long from, long to, Adam by, float rate, float step) {
        try {
            AdamLoop.CALL.invokeExact(
                    address(operands[0], from, to),
                    address(operands[1], from, to),
                    address(operands[2], from, to),
                    address(operands[3], from, to),
                    address(results[0], from, to),
                    address(results[1], from, to),
                    address(results[2], from, to),
                    to - from,
                    by.first,
                    by.second,
                    by.epsilon,
                    step,
                    by.decay,
                    rate);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /** {@code result = w - g rate} for the elements {@code from} to {@code to}. */
    static void descend(MemorySegment[] operands, MemorySegment[] results, long from, long to, float rate) {
        try {
            DescendLoop.CALL.invokeExact(
                    address(operands[0], from, to),
                    address(operands[1], from, to),
                    address(results[0], from, to),
                    to - from,
                    rate);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /** {@code dx = s > 0 ? dy : 0} for the elements {@code from} to {@code to}; dx may lie over the others. */
    static void gate(MemorySegment s, MemorySegment dy, MemorySegment dx, long from, long to) {
        try {
            GateLoop.CALL.invokeExact(address(s, from, to), address(dy, from, to), address(dx, from, to), to - from);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /** {@code y = max(x, 0)} for the elements {@code from} to {@code to}; y may lie over x. */
    static void relu(MemorySegment x, MemorySegment y, long from, long to) {
        try {
            ReluLoop.CALL.invokeExact(address(x, from, to), address(y, from, to), to - from);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /**
     * Adds a row to the elements {@code from} to {@code to} of a matrix with as many columns, and cuts off what is
     * below 0 where asked to.
     */
    static void addRow(MemorySegment y, MemorySegment row, long from, long to, boolean cut) {
        if (from == to) {
            return;
        }
        long columns = row.byteSize() / Float.BYTES;
        try {
            AddRowLoop.CALL.invokeExact(
                    address(y, from, to), row.address(), from % columns, columns, to - from, cut ? 1 : 0);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /**
     * Adds {@code n} elements of x from {@code at} on to the first {@code period} sums, over and over.
     *
     * @param sums float64
     */
    static void addTo(MemorySegment sums, MemorySegment x, long at, long n, int period) {
        Objects.checkFromIndexSize(0, (long) period * Double.BYTES, sums.byteSize());
        if (n == 0) {
            return;
        }
        try {
            AddToLoop.CALL.invokeExact(sums, address(x, at, at + n), (long) period, n);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /**
     * {@code (rows, count) -> (rows)}: the sum of each row, in float64 and four strands, by the divisor. Only for few
     * elements: the JVM waits for the end of the call.
     */
    static void sumRows(MemorySegment x, MemorySegment y, int rows, int count, double divisor) {
        try {
            SumRowsLoop.CALL.invokeExact(
                    address(x, 0, (long) rows * count), address(y, 0, rows), (long) rows, (long) count, divisor);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /**
     * How the windows of a row of places lie, channels last, where no window sees padding along the row. In elements
     * but for the numbers of places and of elements of a window along the row.
     */
    record Windows(int places, int channels, int stride, int size, int step) {
        long rowElements() {
            return places == 0 ? 0 : (places - 1L) * stride + (size - 1L) * step + channels;
        }
    }

    /** A thread's memory for a call: the windows, where the rows begin that they see, room for a row. */
    static final class Rows {
        private final Windows windows;
        private final MemorySegment numbers;
        private final MemorySegment begins;
        private final MemorySegment room;
        private int count;

        /** @param most rows at a time */
        Rows(Windows windows, int most) {
            Arena arena = Arena.ofAuto();
            this.windows = windows;
            numbers = arena.allocate(LONG, WINDOW_NUMBERS);
            begins = arena.allocate(LONG, most);
            room = arena.allocate(windows.rowElements() * Float.BYTES, Float.BYTES);
            long[] values = {
                windows.places, windows.channels, windows.stride, windows.size, windows.step, 0, begins.address()
            };
            MemorySegment.copy(values, 0, numbers, LONG, 0, values.length);
        }

        void clear() {
            count = 0;
        }

        /** One more row, which begins at that element. */
        void add(long begin) {
            begins.setAtIndex(LONG, count++, begin);
        }

        int count() {
            return count;
        }

        long begin(int row) {
            return begins.getAtIndex(LONG, row);
        }

        /** The address of the images, which have the rows. */
        private long checked(MemorySegment images) {
            for (int i = 0; i < count; i++) {
                Objects.checkFromIndexSize(begin(i), windows.rowElements(), images.byteSize() / Float.BYTES);
            }
            numbers.setAtIndex(LONG, 5, count);
            return images.address();
        }

        private long places(MemorySegment y, long at) {
            return address(y, at, at + (long) windows.places * windows.channels);
        }
    }

    /** The largest element of each window; the row of places begins at {@code at} in y. At least one row is seen. */
    static void poolMax(MemorySegment x, Rows rows, MemorySegment y, long at) {
        try {
            if (Products.widest() > 0) {
                WidePoolLoops.MAX.invokeExact(
                        rows.checked(x), rows.places(y, at), rows.numbers.address(), Products.widest());
            } else {
                PoolLoops.MAX.invokeExact(
                        rows.checked(x), rows.places(y, at), rows.room.address(), rows.numbers.address());
            }
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /**
     * Gives each gradient to the first element of its window that equals the maximum, and 0 to the others. Windows
     * don't overlap.
     *
     * @param operands x, y, dy
     */
    static void poolGive(MemorySegment[] operands, Rows rows, MemorySegment dx, long at) {
        try {
            if (Products.widest() > 0) {
                WidePoolLoops.GIVE.invokeExact(
                        rows.checked(operands[0]),
                        rows.places(operands[1], at),
                        rows.places(operands[2], at),
                        rows.checked(dx),
                        rows.numbers.address(),
                        Products.widest());
                return;
            }
            PoolLoops.GIVE.invokeExact(
                    rows.checked(operands[0]),
                    rows.places(operands[1], at),
                    rows.places(operands[2], at),
                    rows.checked(dx),
                    rows.room.address(),
                    rows.numbers.address());
        } catch (Throwable e) {
            throw failed(e);
        }
    }
}
