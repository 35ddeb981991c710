package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.ops.IndexOp;
import dev.lamina.ops.ReductionOp.Kind;
import dev.lamina.ops.ReductionOp.Reduce;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Gather, its gradient, and one-hot vectors. */
class IndexKernelsTest {
    private static final DType[] INDEX_TYPES = {DType.INT32, DType.INT64, DType.UINT8};

    private final Runner one = new Runner(1);
    private final Runner three = new Runner(3);

    private static HostArray indices(DType dtype, int rows, int... sizes) {
        Random random = new Random(rows);
        return HostArray.zeros(Shape.of(sizes), dtype).fill(i -> random.nextInt(rows));
    }

    @Test
    void gathersRows() {
        for (DType dtype : DType.values()) {
            for (int[] entry : new int[][] {{}, {1}, {13}, {3, 500}, {0}}) {
                for (DType indexType : INDEX_TYPES) {
                    HostArray table =
                            Runner.random(1, dtype, Shape.of(entry).prepend(7).sizes());
                    HostArray indices = indices(indexType, 7, 4, 3);
                    HostArray y = three.run(new IndexOp.Gather(), table, indices);
                    long width = Shape.of(entry).elements();
                    assertThat(y.elements()).isEqualTo(12 * width);
                    for (long i = 0; i < y.elements(); i++) {
                        double expected = table.getDouble(indices.getLong(i / width) * width + i % width);
                        assertThat(y.getDouble(i)).isEqualTo(expected);
                    }
                }
            }
        }
        assertThat(one.run(new IndexOp.Gather(), Runner.random(1, DType.FLOAT32, 0, 3), HostArray.of(new int[0]))
                        .shape())
                .isEqualTo(Shape.of(0, 3));
    }

    @Test
    void refusesIndicesOutOfRange() {
        HostArray table = Runner.random(1, DType.FLOAT32, 7, 2);
        assertThatThrownBy(() -> one.run(new IndexOp.Gather(), table, HostArray.of(new int[] {0, 6, 7})))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[gather] expected indices from 0 to 6; received 7 at position 2.");
        assertThatThrownBy(() -> one.run(new IndexOp.Gather(), table, HostArray.of(new long[] {-1L << 40})))
                .hasMessage("[gather] expected indices from 0 to 6; received -1099511627776 at position 0.");
        assertThatThrownBy(() -> one.run(
                        new IndexOp.ScatterAdd(7), HostArray.of(new int[] {7}), Runner.random(1, DType.FLOAT32, 1, 2)))
                .hasMessage("[scatter_add] expected indices from 0 to 6; received 7 at position 0.");
    }

    @Test
    void scattersSumsOfEntries() {
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64, DType.BFLOAT16, DType.FLOAT16}) {
            for (int[] entry : new int[][] {{}, {1}, {13}, {3, 500}}) {
                HostArray indices = indices(DType.INT32, 7, 5, 8);
                HostArray dy = Runner.random(
                        2, dtype, Shape.of(entry).prepend(8).prepend(5).sizes());
                HostArray y = three.run(new IndexOp.ScatterAdd(9), indices, dy);
                long width = Shape.of(entry).elements();
                HostArray expected = HostArray.zeros(y.shape(), DType.FLOAT64);
                for (long i = 0; i < dy.elements(); i++) {
                    long at = indices.getLong(i / width) * width + i % width;
                    expected.setDouble(at, expected.getDouble(at) + dy.getDouble(i));
                }
                Tolerance.check("scatter_add " + dtype, y, expected.cast(dtype), dtype == DType.FLOAT64 ? 1e-15 : 0, 0);
                assertThat(one.run(new IndexOp.ScatterAdd(9), indices, dy)
                                .data()
                                .mismatch(y.data()))
                        .isEqualTo(-1);
            }
        }
        HostArray empty =
                one.run(new IndexOp.ScatterAdd(3), HostArray.of(new int[0]), Runner.random(1, DType.FLOAT32, 0, 2));
        assertThat(empty.toFloatArray()).containsExactly(0, 0, 0, 0, 0, 0);
    }

    @Test
    void marksIndices() {
        for (DType dtype : DType.values()) {
            HostArray indices = HostArray.of(new int[] {0, 3, -1, 4, 2});
            HostArray y = one.run(new IndexOp.OneHot(4, dtype), indices);
            assertThat(y.toLongArray()).containsExactly(1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0);
        }
        HostArray many = indices(DType.INT64, 100, 500);
        HostArray sums = one.run(Reduce.of(Kind.SUM, false, 1), one.run(new IndexOp.OneHot(100, DType.INT32), many));
        assertThat(sums.toLongArray()).containsOnly(1);
    }
}
