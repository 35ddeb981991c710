package dev.lamina.backend.cpu;

import dev.lamina.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products of float32 and float64 on all threads: large ones are cut along one side of the result, the borders
 * depending on the shape and the number of threads alone. float32 goes to oneDNN where it is there, but for what
 * {@link Products} do faster.
 */
final class Gemm {
    /** What a second thread must at least have to do. */
    static final double PART_FLOPS = 1e6;

    /**
     * What could be computed while an element of B is read: a product of a few rows takes the time of reading B, half
     * of which fits better into each core's cache, too.
     */
    private static final double FLOPS_PER_ELEMENT = 20;

    /** Parts are multiples of so many rows or columns. */
    static final int UNIT = 16;

    /** Rows enough to be shared out, though there are more columns. */
    private static final int MANY_ROWS = 256;

    /** With less than two of these elements to do after a product, a second thread does not pay. */
    static final long EPILOGUE_GRAIN = 8 << 10;

    private final CpuThreads threads;
    private final boolean natively;

    /** @param natively whether native loops may run */
    Gemm(CpuThreads threads, boolean natively) {
        this.threads = threads;
        this.natively = natively;
    }

    /** What is done to elements {@code from} to {@code to} of C once they are there. */
    interface Epilogue {
        void run(int part, long from, long to);

        /** The same as a part of a native product, which gives the same bits. */
        default Optional<Products.Epilogue> inProduct() {
            return Optional.empty();
        }
    }

    /** Computes the product; each segment begins at its matrix's first element. */
    void multiply(DType dtype, GemmCall call, MemorySegment a, MemorySegment b, MemorySegment c) {
        prepare(dtype, call, a, b, c, null).run();
    }

    /** Binds a product to its memory. With an epilogue C must be dense. */
    Runnable prepare(
            DType dtype,
            GemmCall call,
            MemorySegment a,
            MemorySegment b,
            MemorySegment c,
            @Nullable Epilogue epilogue) {
        if (natively && Products.fit(dtype, call) && (isAlone(call) || RowProduct.isOne(call))) {
            return prepareNatively(call, a, b, c, epilogue);
        }
        Way way = way(dtype, call);
        if (way == Way.TURNS) {
            return new ProductInTurns(threads, call, a, b, c, epilogue);
        }
        Part[] parts = parts(way, dtype, call, a, b, c, epilogue);
        if (parts.length == 1) {
            return () -> parts[0].run(0);
        }
        CpuThreads.RangeBody body = (part, first, last) -> {
            for (int i = (int) first; i < last; i++) {
                parts[i].run(part);
            }
        };
        return () -> threads.parallelFor(parts.length, 1, body);
    }

    /** Where a part of C begins, and how many columns all of C has. */
    record Place(int row, int column, int columns) {}

    /** A part of C, some rows or some columns of it, and what is done to its elements after the product. */
    record Part(Runnable product, @Nullable Epilogue epilogue, GemmCall call, Place place) {
        void run(int thread) {
            product.run();
            if (epilogue == null) {
                return;
            }
            int columns = place.columns;
            long first = (long) place.row * columns + place.column;
            if (call.n() == columns) {
                epilogue.run(thread, first, first + (long) call.m() * columns);
                return;
            }
            for (int i = 0; i < call.m(); i++, first += columns) {
                epilogue.run(thread, first, first + call.n());
            }
        }
    }

    /**
     * What computes a product: a matter of its shape alone. The bits of all but the library's are the same on any
     * number of threads.
     */
    enum Way {
        LIBRARY,
        PANELS,
        /** By panels, {@linkplain ProductInTurns in two turns}. */
        TURNS,
        /** Two halves that are few elements, where the whole is not. */
        HALVES
    }

    private Way way(DType dtype, GemmCall call) {
        if (natively && isAlone(call) && Products.fit(dtype, half(call))) {
            return Way.HALVES;
        }
        if (!natively || !Products.fitPanels(dtype, call)) {
            return Way.LIBRARY;
        }
        return !isAlone(call) && ProductInTurns.serves(call) ? Way.TURNS : Way.PANELS;
    }

    /**
     * Whether C is cut by rows. With A transposed it is a weight's gradient, as a rule, and its rows are the weight's,
     * of which each thread updates as many.
     */
    private static boolean byRows(GemmCall call) {
        return call.m() >= call.n() || call.transposeA() && call.m() >= MANY_ROWS;
    }

    private static int length(GemmCall call) {
        return byRows(call) ? call.m() : call.n();
    }

    /** The first half of C. */
    private static GemmCall half(GemmCall call) {
        int length = length(call);
        int half = Math.min(length, Math.ceilDiv(units(length), 2) * UNIT);
        return byRows(call) ? call.part(half, call.n()) : call.part(call.m(), half);
    }

    /** How many units a length has, the last of them perhaps not a whole one. */
    static int units(int length) {
        return Math.ceilDiv(length, UNIT);
    }

    /** How many parts so many units of C are cut into. */
    static int count(CpuThreads threads, GemmCall call, int units) {
        return threads.parts(units, Math.max(1, (long) (units * PART_FLOPS / effort(call))));
    }

    private Part[] parts(
            Way way,
            DType dtype,
            GemmCall call,
            MemorySegment a,
            MemorySegment b,
            MemorySegment c,
            @Nullable Epilogue epilogue) {
        boolean byRows = byRows(call);
        int length = length(call);
        int units = units(length);
        int count = way == Way.HALVES ? Math.min(2, units) : count(threads, call, units);
        Part[] parts = new Part[count];
        for (int i = 0; i < count; i++) {
            int from = begin(units, count, i) * UNIT;
            int size = Math.min(length, begin(units, count, i + 1) * UNIT) - from;
            int row = byRows ? from : 0;
            int column = byRows ? 0 : from;
            GemmCall some = byRows ? call.part(size, call.n()) : call.part(call.m(), size);
            MemorySegment[] matrices = {
                a.asSlice(call.rowOfA(row) * dtype.bytes()),
                b.asSlice(call.columnOfB(column) * dtype.bytes()),
                c.asSlice(((long) row * call.ldc() + column) * dtype.bytes())
            };
            parts[i] = part(way, dtype, some, matrices, new Place(row, column, call.n()), epilogue);
        }
        return parts;
    }

    /** Where a part of so many units begins; the first ones are the longer ones. */
    static int begin(int units, int parts, int part) {
        return units / parts * part + Math.min(part, units % parts);
    }

    /** Binds a part of C. */
    static Part part(
            Way way, DType dtype, GemmCall some, MemorySegment[] matrices, Place place, @Nullable Epilogue epilogue) {
        MemorySegment a = matrices[0];
        MemorySegment b = matrices[1];
        MemorySegment c = matrices[2];
        if (way == Way.LIBRARY) {
            return new Part(() -> multiplyAlone(dtype, some, a, b, c), epilogue, some, place);
        }
        Optional<Products.Epilogue> within =
                epilogue == null ? Optional.of(Products.Epilogue.NONE) : epilogue.inProduct();
        Products.Epilogue last = within.orElse(Products.Epilogue.NONE).from(place.row, place.column, some.ldc());
        Products product =
                way == Way.HALVES ? Products.of(some, a, b, c, last) : Products.byPanels(some, a, b, c, last);
        return new Part(product, within.isPresent() ? null : epilogue, some, place);
    }

    /** Whether a second thread would have too little to do. */
    private static boolean isAlone(GemmCall call) {
        return effort(call) < 2 * PART_FLOPS;
    }

    /** The multiplications and additions, or what could be computed while B is read. */
    static double effort(GemmCall call) {
        return Math.max(call.flops(), FLOPS_PER_ELEMENT * call.k() * call.n());
    }

    private Runnable prepareNatively(
            GemmCall call, MemorySegment a, MemorySegment b, MemorySegment c, @Nullable Epilogue epilogue) {
        Optional<Products.Epilogue> within =
                epilogue == null ? Optional.of(Products.Epilogue.NONE) : epilogue.inProduct();
        Products.Epilogue last = within.orElse(Products.Epilogue.NONE);
        Runnable product =
                isAlone(call) ? Products.of(call, a, b, c, last) : new RowProduct(threads, call, a, b, c, last);
        if (epilogue == null || within.isPresent()) {
            return product;
        }
        long elements = (long) call.m() * call.n();
        CpuThreads.RangeBody after = epilogue::run;
        return () -> {
            product.run();
            threads.parallelFor(elements, EPILOGUE_GRAIN, after);
        };
    }

    /** Computes the product on the calling thread. */
    static void multiplyAlone(DType dtype, GemmCall call, MemorySegment a, MemorySegment b, MemorySegment c) {
        if (call.m() == 0 || call.n() == 0) {
            return;
        }
        OneDnn fast = dtype == DType.FLOAT32 && call.k() > 0 ? OneDnn.instance().orElse(null) : null;
        if (fast != null) {
            fast.sgemm(call, a, b, c);
        } else {
            ReferenceMatmul.multiply(dtype, call, a, b, c);
        }
    }
}
