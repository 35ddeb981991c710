package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.backend.cpu.Products.After;
import dev.lamina.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Native products against their definition, a loop over {@link Math#fma}, to the bit. */
class ProductsTest {
    private static final int[][] SHAPES = {
        {0, 3, 4},
        {3, 0, 4},
        {3, 4, 0},
        {1, 1, 1},
        {4, 4, 4},
        {6, 13, 4},
        {13, 6, 207},
        {64, 32, 8},
        {32, 32, 64},
        {64, 1, 32},
        {7, 1, 13},
        {1, 207, 13},
        {2, 130, 6},
        {3, 70, 5},
        {9, 33, 17},
        {1, 300, 600},
        {5, 1, 400}
    };
    /** Tiles of all heights and widths; a depth of two blocks, and of three. */
    private static final int[][] LARGE_SHAPES = {
        {0, 3, 4},
        {3, 0, 4},
        {3, 4, 0},
        {1, 1, 1},
        {15, 97, 130},
        {17, 64, 33},
        {8, 48, 801},
        {31, 40, 7},
        {16, 24, 1601},
        {23, 207, 65},
        {128, 10, 256}
    };

    private static final float UNTOUCHED = 12345;

    private final Arena arena = Arena.ofAuto();
    private final Random random = new Random(7);

    @BeforeEach
    void areThere() {
        Libraries.needProducts();
    }

    private MemorySegment numbers(long n) {
        MemorySegment memory = arena.allocate(n * Float.BYTES, 4);
        for (long i = 0; i < n; i++) {
            float number = random.nextInt(20) == 0 ? -0f : 4 * random.nextFloat() - 2;
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, number);
        }
        return memory;
    }

    private static float get(MemorySegment memory, long i) {
        return memory.getAtIndex(ValueLayout.JAVA_FLOAT, i);
    }

    /** What element (i, j) must be, the epilogue included. */
    private static float expected(
            GemmCall call, MemorySegment a, MemorySegment b, Products.Epilogue epilogue, int i, int j) {
        float sum = 0;
        for (int p = 0; p < call.k(); p++) {
            float left = get(a, call.transposeA() ? (long) p * call.lda() + i : (long) i * call.lda() + p);
            float right = get(b, call.transposeB() ? (long) j * call.ldb() + p : (long) p * call.ldb() + j);
            sum = Math.fma(left, right, sum);
        }
        float result = switch (epilogue.after()) {
            case NOTHING -> sum;
            case ADD_ROW -> sum + get(epilogue.extra(), j);
            case ADD_NUMBER -> sum + get(epilogue.extra(), 0);
            case GATE -> get(epilogue.extra(), (long) i * call.ldc() + j) > 0 ? sum : 0;
        };
        return epilogue.cut() ? Math.max(result, 0f) : result;
    }

    private void check(GemmCall call, After after, boolean cut) {
        check(call, after, cut, false);
    }

    private void check(GemmCall call, After after, boolean cut, boolean byPanels) {
        MemorySegment a = numbers((long) (call.transposeA() ? call.k() : call.m()) * call.lda());
        MemorySegment b = numbers((long) (call.transposeB() ? call.n() : call.k()) * call.ldb());
        MemorySegment extra = numbers(after == After.GATE ? (long) call.m() * call.ldc() : Math.max(1, call.n()));
        Products.Epilogue epilogue = new Products.Epilogue(after, extra, cut);
        for (int lanes = 8; lanes <= Products.widest(); lanes *= 2) {
            MemorySegment c = arena.allocate((long) call.m() * call.ldc() * Float.BYTES, 4);
            for (long i = 0; i < (long) call.m() * call.ldc(); i++) {
                c.setAtIndex(ValueLayout.JAVA_FLOAT, i, UNTOUCHED);
            }
            Products product =
                    byPanels ? Products.byPanels(call, a, b, c, epilogue) : Products.of(call, a, b, c, epilogue);
            product.run(lanes);
            for (int i = 0; i < call.m(); i++) {
                for (int j = 0; j < call.ldc(); j++) {
                    float wanted = j < call.n() ? expected(call, a, b, epilogue, i, j) : UNTOUCHED;
                    assertThat(Float.floatToRawIntBits(get(c, (long) i * call.ldc() + j)))
                            .as("%s, %s, %d lanes, element (%d, %d), seed 7", call, epilogue, lanes, i, j)
                            .isEqualTo(Float.floatToRawIntBits(wanted));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(After.class)
    void areSumsByFma(After after) {
        for (int[] shape : SHAPES) {
            for (int kind = 0; kind < 4; kind++) {
                GemmCall call = GemmCall.dense((kind & 1) != 0, (kind & 2) != 0, shape[0], shape[1], shape[2]);
                if (Products.fit(DType.FLOAT32, call)) {
                    check(call, after, after == After.ADD_ROW && kind < 2);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void takePartsOfMatrices(boolean transposed) {
        check(new GemmCall(transposed, transposed, 13, 6, 4, 17, 11, 0, 8), After.NOTHING, false);
        check(new GemmCall(transposed, !transposed, 13, 1, 4, 17, 11, 0, 1), After.GATE, false);
        check(new GemmCall(transposed, transposed, 13, 1, 4, 17, 11, 0, 3), After.ADD_ROW, true);
    }

    @ParameterizedTest
    @EnumSource(After.class)
    void areSumsByFmaInPanels(After after) {
        for (int[] shape : LARGE_SHAPES) {
            for (int kind = 0; kind < 4; kind++) {
                GemmCall call = GemmCall.dense((kind & 1) != 0, (kind & 2) != 0, shape[0], shape[1], shape[2]);
                check(call, after, after == After.ADD_ROW && kind < 2, true);
            }
        }
        check(new GemmCall(false, true, 13, 70, 40, 47, 41, 0, 81), after, false, true);
        check(new GemmCall(true, false, 13, 70, 40, 17, 83, 0, 81), after, after == After.ADD_NUMBER, true);
    }

    @Test
    void fitPanelsWhereTheyAreFaster() {
        boolean wide = Products.widest() == 16;
        assertThat(Products.fitPanels(DType.FLOAT32, GemmCall.dense(false, false, 16, 512, 784)))
                .isEqualTo(wide);
        assertThat(Products.fitPanels(DType.FLOAT32, GemmCall.dense(false, true, 16, 4096, 4096)))
                .isEqualTo(wide);
        assertThat(Products.fitPanels(DType.FLOAT32, GemmCall.dense(false, false, 96, 4096, 4096)))
                .isEqualTo(wide);
        assertThat(Products.fitPanels(DType.FLOAT32, GemmCall.dense(false, false, 95, 4096, 4096)))
                .isFalse();
        assertThat(Products.fitPanels(DType.FLOAT32, GemmCall.dense(true, false, 784, 512, 128)))
                .isFalse();
        assertThat(Products.fitPanels(DType.FLOAT32, GemmCall.dense(false, false, 15, 512, 784)))
                .isFalse();
        assertThat(Products.fitPanels(DType.FLOAT32, GemmCall.dense(false, false, 128, 5000, 64)))
                .isFalse();
        assertThat(Products.fitPanels(DType.FLOAT64, GemmCall.dense(false, false, 128, 512, 784)))
                .isFalse();
        assertThat(Products.fitPanels(DType.FLOAT32, new GemmCall(false, false, 16, 512, 784, 784, 512, 1, 512)))
                .isFalse();
    }

    @Test
    void fitWhereTheyAreFaster() {
        assertThat(Products.fit(DType.FLOAT32, GemmCall.dense(true, true, 64, 64, 64)))
                .isTrue();
        assertThat(Products.fit(DType.FLOAT32, GemmCall.dense(false, false, 1, 512, 784)))
                .isTrue();
        assertThat(Products.fit(DType.FLOAT32, GemmCall.dense(false, true, 1, 512, 784)))
                .isFalse();
        assertThat(Products.fit(DType.FLOAT32, GemmCall.dense(false, true, 4, 4, 513)))
                .isFalse();
        assertThat(Products.fit(DType.FLOAT32, GemmCall.dense(false, false, 64, 65, 64)))
                .isFalse();
        assertThat(Products.fit(DType.FLOAT64, GemmCall.dense(false, false, 4, 4, 4)))
                .isFalse();
        assertThat(Products.fit(DType.FLOAT32, new GemmCall(false, false, 4, 4, 4, 4, 4, 1, 4)))
                .isFalse();
    }

    @Test
    void refuseWhatTheyWouldReadBeyondItsMemory() {
        GemmCall call = GemmCall.dense(false, false, 4, 4, 4);
        MemorySegment whole = numbers(16);
        MemorySegment part = numbers(15);
        Products.Epilogue none = Products.Epilogue.NONE;
        assertThatThrownBy(() -> Products.of(call, part, whole, whole, none))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> Products.of(call, whole, part, whole, none))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> Products.of(call, whole, whole, part, none))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> Products.byPanels(call, whole, part, whole, none))
                .isInstanceOf(IndexOutOfBoundsException.class);
        Products.Epilogue gate = new Products.Epilogue(After.GATE, part, false);
        assertThatThrownBy(() -> Products.of(call, whole, whole, numbers(16), gate))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }
}
