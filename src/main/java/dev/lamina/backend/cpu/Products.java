package dev.lamina.backend.cpu;

import dev.lamina.tensor.DType;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/**
 * Matrix products in C ({@code native/cpu-loops/products.c}): of few elements, or of one row, where a call of oneDNN
 * costs as much as the product, and copies what it reads first; and of large matrices, by panels of B, where what
 * follows the product is done to the sums while they are in registers. And sums of columns. Each element of a product
 * is one sum over the depth in order, by {@link Math#fma}, and so the same whatever the processor and the number of
 * threads.
 */
final class Products implements Runnable {
    /** What happens to an element of C before it is written. */
    enum After {
        NOTHING(0),
        /** A row is added to each row. */
        ADD_ROW(1),
        /** The same number is added everywhere. */
        ADD_NUMBER(2),
        /** Stays where that of another matrix is above 0, else 0. */
        GATE(3);

        /** Its number in C. */
        private final int number;

        After(int number) {
            this.number = number;
        }
    }

    /** Larger ones are oneDNN's, multiplications. */
    private static final long MOST = 64 * 64 * 64;

    /** The depth that a transposed B may have. */
    private static final int DEEPEST = 512;

    /** By panels, of fewer rows or less depth oneDNN's are faster. */
    private static final int FEWEST_ROWS = 16;

    private static final int LEAST_DEPTH = 128;

    /** So are those of fewer rows than these where B, as it lies, has more than so many elements. */
    private static final int MANY_ROWS = 96;

    private static final long LARGE_B = 1 << 20;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    private static final int LANES = lanes();

    private static final FunctionDescriptor OF_PRODUCT = FunctionDescriptor.ofVoid(
            LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, INT, INT, INT, LONG, INT);

    // A class each: a function is linked, which takes some milliseconds, when it is first called.

    private static final class Few {
        /** The JVM waits for the end of a call: each is over within some 50 microseconds. */
        static final MethodHandle PRODUCT = Loops.function("product", OF_PRODUCT, Linker.Option.critical(false));
    }

    private static final class Panels {
        static final MethodHandle PRODUCT = Loops.function("product", OF_PRODUCT);
        static final long BYTES = bytes();

        private static long bytes() {
            try {
                return (long) Loops.function("panel_bytes", FunctionDescriptor.of(LONG))
                        .invokeExact();
            } catch (Throwable e) {
                throw Loops.failed(e);
            }
        }
    }

    private static final class SumColumns {
        static final MethodHandle CALL = Loops.function(
                "sum_columns",
                FunctionDescriptor.ofVoid(LONG, LONG, LONG, LONG, LONG, LONG, ValueLayout.JAVA_DOUBLE, INT),
                Linker.Option.critical(false));
    }

    private static final class AddUp {
        static final MethodHandle CALL = Loops.function(
                "add_up",
                FunctionDescriptor.ofVoid(LONG, LONG, LONG, LONG, LONG, INT, INT),
                Linker.Option.critical(false));
    }

    private final GemmCall call;
    private final MemorySegment a;
    private final MemorySegment b;
    private final MemorySegment c;
    private final Epilogue epilogue;
    private final boolean byPanels;

    /**
     * What follows a product.
     *
     * @param extra the row, the number or the matrix that it takes, dense
     * @param cut whether what is below 0 is cut off
     */
    record Epilogue(After after, MemorySegment extra, boolean cut) {
        static final Epilogue NONE = new Epilogue(After.NOTHING, MemorySegment.NULL, false);

        /** For the part of C that begins at a row and a column. */
        Epilogue from(long row, long column, int ldc) {
            return switch (after) {
                case NOTHING, ADD_NUMBER -> this;
                case ADD_ROW -> new Epilogue(after, extra.asSlice(column * Float.BYTES), cut);
                case GATE -> new Epilogue(after, extra.asSlice((row * ldc + column) * Float.BYTES), cut);
            };
        }
    }

    private Products(
            GemmCall call, MemorySegment a, MemorySegment b, MemorySegment c, Epilogue epilogue, boolean byPanels) {
        this.call = call;
        this.a = a;
        this.b = b;
        this.c = c;
        this.epilogue = epilogue;
        this.byPanels = byPanels;
    }

    private static int lanes() {
        if (!Loops.PRESENT) {
            return 0;
        }
        try {
            return (int) Loops.function("products", FunctionDescriptor.of(INT)).invokeExact();
        } catch (Throwable e) {
            throw Loops.failed(e);
        }
    }

    /** Has the functions linked that most steps call, for a thread that has nothing else to do. */
    static void link() {
        Objects.requireNonNull(Few.PRODUCT);
        Objects.requireNonNull(SumColumns.CALL);
    }

    /** How many numbers this processor's widest instructions hold; 0 where there are no products. */
    static int widest() {
        return LANES;
    }

    /** Whether a product of few elements, or of one row, is computed here rather than by oneDNN. */
    static boolean fit(DType dtype, GemmCall call) {
        if (LANES == 0 || dtype != DType.FLOAT32 || call.beta() != 0) {
            return false;
        }
        boolean packed = isColumn(call) ? !call.transposeA() : call.transposeB();
        return (RowProduct.isOne(call) || (long) call.m() * call.n() * call.k() <= MOST)
                && (!packed || call.k() <= DEEPEST);
    }

    /** Whether a product is computed by panels rather than by oneDNN. Measured with AVX-512 alone. */
    static boolean fitPanels(DType dtype, GemmCall call) {
        return LANES == 16
                && dtype == DType.FLOAT32
                && call.beta() == 0
                && !call.transposeA()
                && call.m() >= FEWEST_ROWS
                && call.k() >= LEAST_DEPTH
                && (call.transposeB() || call.m() >= MANY_ROWS || (long) call.k() * call.n() <= LARGE_B);
    }

    /** Whether C is a column: the row of the product the other way round, for which lanes lie side by side. */
    private static boolean isColumn(GemmCall call) {
        return call.n() == 1 && call.ldc() == 1;
    }

    /**
     * Binds a product that {@linkplain #fit fits} to its memory. With an epilogue C must be dense.
     *
     * @param c begins at the first element; nothing beyond the last is touched
     */
    static Products of(GemmCall call, MemorySegment a, MemorySegment b, MemorySegment c, Epilogue epilogue) {
        requireRoom(call, a, b, c, epilogue);
        if (isColumn(call)) {
            int step = call.transposeB() ? 1 : call.ldb();
            GemmCall turned =
                    new GemmCall(true, !call.transposeA(), 1, call.m(), call.k(), step, call.lda(), 0, call.m());
            After after = epilogue.after == After.ADD_ROW ? After.ADD_NUMBER : epilogue.after;
            return new Products(turned, b, a, c, new Epilogue(after, epilogue.extra, epilogue.cut), false);
        }
        return new Products(call, a, b, c, epilogue, false);
    }

    /**
     * Binds a product of any size, to be computed by panels, and if beta is 1 added to what is in C. With an epilogue
     * that is a matrix, it lies as C does.
     */
    static Products byPanels(GemmCall call, MemorySegment a, MemorySegment b, MemorySegment c, Epilogue epilogue) {
        requireRoom(call, a, b, c, epilogue);
        return new Products(call, a, b, c, epilogue, true);
    }

    private static void requireRoom(
            GemmCall call, MemorySegment a, MemorySegment b, MemorySegment c, Epilogue epilogue) {
        requireRoom(a, call.transposeA() ? call.k() : call.m(), call.lda(), call.transposeA() ? call.m() : call.k());
        requireRoom(b, call.transposeB() ? call.n() : call.k(), call.ldb(), call.transposeB() ? call.k() : call.n());
        requireRoom(c, call.m(), call.ldc(), call.n());
        switch (epilogue.after) {
            case NOTHING -> {}
            case ADD_ROW -> requireRoom(epilogue.extra, 1, call.n(), call.n());
            case ADD_NUMBER -> requireRoom(epilogue.extra, 1, 1, 1);
            case GATE -> requireRoom(epilogue.extra, call.m(), call.ldc(), call.n());
        }
    }

    /** Whether a matrix of so many rows, the distance between them given, lies within memory. */
    private static void requireRoom(MemorySegment data, int rows, int stride, int columns) {
        if (rows > 0 && columns > 0) {
            Objects.checkFromIndexSize(0, ((rows - 1L) * stride + columns) * Float.BYTES, data.byteSize());
        }
    }

    @Override
    public void run() {
        run(LANES);
    }

    /** @param lanes 8 or 16 */
    void run(int lanes) {
        try {
            if (byPanels) {
                runByPanels(lanes);
                return;
            }
            Few.PRODUCT.invokeExact(
                    a.address(),
                    b.address(),
                    c.address(),
                    epilogue.extra.address(),
                    (long) call.m(),
                    (long) call.k(),
                    call.transposeA() ? 1L : call.lda(),
                    call.transposeA() ? (long) call.lda() : 1L,
                    (long) call.ldb(),
                    call.transposeB() ? 1L : 0L,
                    (long) call.ldc(),
                    (long) call.n(),
                    epilogue.after.number,
                    epilogue.cut ? 1 : 0,
                    0,
                    0L,
                    lanes);
        } catch (Throwable e) {
            throw Loops.failed(e);
        }
    }

    /** The same call by the other handle: a handle is fast where it is a constant. */
    private void runByPanels(int lanes) throws Throwable {
        Panels.PRODUCT.invokeExact(
                a.address(),
                b.address(),
                c.address(),
                epilogue.extra.address(),
                (long) call.m(),
                (long) call.k(),
                call.transposeA() ? 1L : call.lda(),
                call.transposeA() ? (long) call.lda() : 1L,
                (long) call.ldb(),
                call.transposeB() ? 1L : 0L,
                (long) call.ldc(),
                (long) call.n(),
                epilogue.after.number,
                epilogue.cut ? 1 : 0,
                call.beta() == 0 ? 0 : 1,
                Scratch.current().panel(Panels.BYTES).address(),
                lanes);
    }

    /** Adds up rows of {@code n} elements in order, and does what follows a product. */
    static void addUp(MemorySegment rows, int count, MemorySegment c, int n, Epilogue epilogue) {
        try {
            AddUp.CALL.invokeExact(
                    Loops.address(rows, 0, (long) count * n),
                    Loops.address(c, 0, n),
                    epilogue.after == After.NOTHING ? 0L : Loops.address(epilogue.extra, 0, n),
                    (long) count,
                    (long) n,
                    epilogue.after.number,
                    epilogue.cut ? 1 : 0);
        } catch (Throwable e) {
            throw Loops.failed(e);
        }
    }

    /** So many matrices, one after another. */
    record Matrices(MemorySegment data, int count, int rows, int columns) {}

    /**
     * {@code (count, rows, columns) -> (count, columns)}: the sum of each column, in float64, by the divisor; of the
     * rows whose numbers are the same modulo {@code period} first. Only for few elements, the JVM waits for the end of
     * the call.
     */
    static void sumColumns(Matrices x, MemorySegment y, int period, double divisor) {
        try {
            SumColumns.CALL.invokeExact(
                    Loops.address(x.data, 0, (long) x.count * x.rows * x.columns),
                    Loops.address(y, 0, (long) x.count * x.columns),
                    (long) x.count,
                    (long) x.rows,
                    (long) x.columns,
                    (long) period,
                    divisor,
                    LANES);
        } catch (Throwable e) {
            throw Loops.failed(e);
        }
    }
}
