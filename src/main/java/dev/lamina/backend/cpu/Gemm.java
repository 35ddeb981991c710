package dev.lamina.backend.cpu;

import dev.lamina.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products of float32 and float64 on all threads: large ones are cut along the longer side of the result, the
 * borders depending on the shape and the number of threads alone. float32 goes to oneDNN where it is there, but for
 * what {@link Products} do faster.
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
    private static final int UNIT = 16;

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
        boolean alone = effort(call) < 2 * PART_FLOPS;
        if (natively && Products.fit(dtype, call) && (alone || RowProduct.isOne(call))) {
            return prepareNatively(call, a, b, c, epilogue);
        }
        double flops = effort(call);
        long elements = (long) call.m() * call.n();
        if (flops < 2 * PART_FLOPS) {
            return () -> {
                multiplyAlone(dtype, call, a, b, c);
                if (epilogue != null) {
                    epilogue.run(0, 0, elements);
                }
            };
        }
        boolean byRows = call.m() >= call.n();
        int length = byRows ? call.m() : call.n();
        int units = Math.ceilDiv(length, UNIT);
        long grain = Math.max(1, (long) (units * PART_FLOPS / flops));
        CpuThreads.RangeBody body = (part, first, last) -> {
            int from = (int) first * UNIT;
            int size = (int) Math.min(length, last * UNIT) - from;
            if (byRows) {
                rows(dtype, call, a, b, c, from, size);
                if (epilogue != null) {
                    epilogue.run(part, (long) from * call.n(), (long) (from + size) * call.n());
                }
            } else {
                columns(dtype, call, a, b, c, from, size);
                if (epilogue != null) {
                    for (int row = 0; row < call.m(); row++) {
                        long at = (long) row * call.n() + from;
                        epilogue.run(part, at, at + size);
                    }
                }
            }
        };
        return () -> threads.parallelFor(units, grain, body);
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
        Runnable product = effort(call) < 2 * PART_FLOPS
                ? Products.of(call, a, b, c, last)
                : new RowProduct(threads, call, a, b, c, last);
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

    private void rows(
            DType dtype, GemmCall call, MemorySegment a, MemorySegment b, MemorySegment c, int from, int size) {
        int width = dtype.bytes();
        multiplyAlone(
                dtype,
                call.part(size, call.n()),
                a.asSlice(call.rowOfA(from) * width),
                b,
                c.asSlice((long) from * call.ldc() * width));
    }

    private void columns(
            DType dtype, GemmCall call, MemorySegment a, MemorySegment b, MemorySegment c, int from, int size) {
        int width = dtype.bytes();
        multiplyAlone(
                dtype,
                call.part(call.m(), size),
                a,
                b.asSlice(call.columnOfB(from) * width),
                c.asSlice((long) from * width));
    }

    /** Computes the product on the calling thread. */
    void multiplyAlone(DType dtype, GemmCall call, MemorySegment a, MemorySegment b, MemorySegment c) {
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
