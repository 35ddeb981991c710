package dev.lamina.backend.cuda;

import dev.lamina.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * Where the elements of an input lie that is repeated over a shape: element i at the sum over two terms of {@code i /
 * divisor % size * stride}. The kernels' struct of that name.
 */
final class Spread {
    /** The size of the struct. */
    static final int BYTES = 6 * Integer.BYTES;

    private static final int TERMS = 2;

    private final int[] divisors = {1, 1};
    private final int[] sizes = {1, 1};
    private final int[] strides = new int[TERMS];

    private Spread() {}

    /** How to repeat an input over a shape, if two terms and 32 bits are enough. */
    static Optional<Spread> of(Shape input, Shape over) {
        return of(input, over, 1);
    }

    /**
     * How to repeat an input over a shape each element of which stands for several.
     *
     * @param each how many elements in a row have the same
     */
    static Optional<Spread> of(Shape input, Shape over, long each) {
        CudaStrides axes = CudaStrides.of(over.sizes(), CudaStrides.broadcast(input, over));
        Spread spread = new Spread();
        long divisor = each;
        int terms = 0;
        for (int axis = axes.rank() - 1; axis >= 0; axis--) {
            if (axes.stride(0, axis) != 0) {
                if (terms == TERMS) {
                    return Optional.empty();
                }
                spread.divisors[terms] = (int) divisor;
                spread.sizes[terms] = (int) axes.size(axis);
                spread.strides[terms] = (int) axes.stride(0, axis);
                terms++;
            }
            divisor *= axes.size(axis);
        }
        return divisor > Integer.MAX_VALUE ? Optional.empty() : Optional.of(spread);
    }

    void write(MemorySegment memory, long offset) {
        for (int term = 0; term < TERMS; term++) {
            long at = offset + (long) term * Integer.BYTES;
            memory.set(ValueLayout.JAVA_INT, at, divisors[term]);
            memory.set(ValueLayout.JAVA_INT, at + TERMS * Integer.BYTES, sizes[term]);
            memory.set(ValueLayout.JAVA_INT, at + 2 * TERMS * Integer.BYTES, strides[term]);
        }
    }
}
