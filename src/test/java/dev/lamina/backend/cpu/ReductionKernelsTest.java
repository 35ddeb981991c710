package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.ops.ReductionOp.ArgReduce;
import dev.lamina.ops.ReductionOp.Kind;
import dev.lamina.ops.ReductionOp.Reduce;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Reductions against one loop over the input. */
class ReductionKernelsTest {
    /** Whether native loops may run. */
    boolean fast() {
        return true;
    }

    private static final int[][] SHAPES = {
        {},
        {1},
        {13},
        {4098},
        {207, 13},
        {13, 207},
        {1, 6, 1},
        {4, 6, 13},
        {3, 4, 5, 6},
        {2, 3, 4, 2, 3},
        {40, 1100},
        {1100, 40},
        {100_001},
        {70_000, 3},
        {2, 40_000},
        {5, 300, 70},
        {3, 2, 1500, 2},
        {0, 3},
        {3, 0}
    };

    private final Runner one = new Runner(1, fast());
    private final Runner two = new Runner(2, fast());
    private final Runner five = new Runner(5, fast());

    @Test
    void reducesAllSetsOfAxes() {
        for (int[] sizes : SHAPES) {
            for (int axes = 0; axes < 1 << sizes.length; axes++) {
                int set = axes;
                int[] chosen = IntStream.range(0, sizes.length)
                        .filter(axis -> (set >> axis & 1) != 0)
                        .toArray();
                for (Kind kind : Kind.values()) {
                    boolean extreme = kind == Kind.MAX || kind == Kind.MIN;
                    if (!extreme || Shape.of(sizes).elements() > 0) {
                        check(kind, chosen, Runner.random(set, DType.FLOAT32, sizes));
                        check(kind, chosen, Runner.random(set, DType.FLOAT64, sizes));
                    }
                }
            }
        }
    }

    @Test
    void reducesAllTypes() {
        for (DType dtype : DType.values()) {
            HostArray x = Runner.random(3, dtype, 13, 70, 6);
            for (int[] axes : new int[][] {{0}, {1}, {2}, {0, 2}, {1, 2}, {}}) {
                check(Kind.MAX, axes, x);
                check(Kind.MIN, axes, x);
                if (dtype != DType.BOOL) {
                    check(Kind.SUM, axes, x);
                }
                if (dtype.isFloating()) {
                    check(Kind.MEAN, axes, x);
                }
            }
        }
    }

    private void check(Kind kind, int[] axes, HostArray x) {
        for (boolean keep : new boolean[] {false, true}) {
            Reduce op = Reduce.of(kind, keep, axes);
            HostArray y = one.run(op, x);
            boolean[] reduced = op.reduced(x.shape());
            int[] kept = x.shape().sizes();
            for (int axis = 0; axis < kept.length; axis++) {
                kept[axis] = reduced[axis] ? 1 : kept[axis];
            }
            double[] expected = new double[(int) Shape.of(kept).elements()];
            double count = (double) x.elements() / expected.length;
            Arrays.fill(expected, kind == Kind.MAX ? -1e300 : kind == Kind.MIN ? 1e300 : 0);
            for (long i = 0; i < x.elements(); i++) {
                int at = (int) Index.broadcast(i, x.shape(), Shape.of(kept));
                double value = x.getDouble(i);
                expected[at] = switch (kind) {
                    case SUM -> expected[at] + value;
                    case MEAN -> expected[at] + value / count;
                    case MAX -> Math.max(expected[at], value);
                    case MIN -> Math.min(expected[at], value);
                };
            }
            String what = kind + " over " + Arrays.toString(axes) + " of " + x.spec();
            HostArray wanted = HostArray.of(
                    expected,
                    y.shape().sizes().length == 0 ? new int[] {1} : y.shape().sizes());
            if (kind == Kind.MEAN && x.elements() == 0) {
                wanted.fill(i -> Double.NaN);
            } else if (kind == Kind.SUM && x.dtype() == DType.UINT8) {
                wanted.fill(i -> (long) expected[(int) i] & 0xff);
            }
            HostArray flat = y.shape().rank() == 0 ? y.reshape(1) : y;
            double precision = switch (x.dtype()) {
                case FLOAT32 -> 1e-7;
                case FLOAT64 -> 1e-12;
                case BFLOAT16 -> 0x1p-8;
                case FLOAT16 -> 0x1p-10;
                case INT32, INT64, UINT8, BOOL -> 0;
            };
            Tolerance.check(what, flat, wanted, precision, x.dtype() == DType.FLOAT64 ? 1e-10 : precision);
            assertThat(two.run(op, x).data().mismatch(y.data()))
                    .as("%s, two threads", what)
                    .isEqualTo(-1);
            assertThat(five.run(op, x).data().mismatch(y.data()))
                    .as("%s, five threads", what)
                    .isEqualTo(-1);
        }
    }

    @Test
    void extremesPropagateNan() {
        HostArray x = HostArray.of(new float[] {1, Float.NaN, 3, 4, 5, 6}, 2, 3);
        assertThat(one.run(Reduce.of(Kind.MAX, false, 1), x).toFloatArray()).containsExactly(Float.NaN, 6);
        assertThat(one.run(Reduce.of(Kind.MIN, false, 0), x).toFloatArray()).containsExactly(1, Float.NaN, 3);
    }

    @Test
    void sumsFloatsWithoutLosingSmallOnes() {
        HostArray x = HostArray.zeros(Shape.of(1 << 20), DType.FLOAT32).fill(i -> i == 0 ? 1e8 : 1);
        assertThat(two.run(Reduce.of(Kind.SUM, false), x).getDouble(0)).isEqualTo((float) (1e8 + (1 << 20) - 1));
    }

    @Test
    void findsTheFirstExtreme() {
        for (DType dtype : DType.values()) {
            if (dtype == DType.BOOL) {
                continue;
            }
            for (int[] sizes :
                    new int[][] {{1}, {13}, {4098}, {207, 13}, {4, 6, 13}, {3, 1100, 2}, {2, 3, 1100}, {0, 4}}) {
                HostArray x = Runner.random(sizes.length, dtype, sizes);
                for (int axis = 0; axis < sizes.length; axis++) {
                    if (sizes[axis] > 0) {
                        checkArg(true, axis, x);
                        checkArg(false, axis, x);
                    }
                }
            }
        }
    }

    private void checkArg(boolean largest, int axis, HostArray x) {
        ArgReduce op = new ArgReduce(largest, axis);
        HostArray y = five.run(op, x);
        assertThat(y.dtype()).isEqualTo(DType.INT32);
        for (long i = 0; i < y.elements(); i++) {
            int[] kept = Index.positions(i, y.shape());
            int[] at = new int[x.shape().rank()];
            System.arraycopy(kept, 0, at, 0, axis);
            System.arraycopy(kept, axis, at, axis + 1, kept.length - axis);
            int best = 0;
            double extreme = 0;
            for (int j = 0; j < x.shape().size(axis); j++) {
                at[axis] = j;
                double value = x.getDouble(Index.of(at, x.shape()));
                if (j == 0 || (largest ? value > extreme : value < extreme)) {
                    best = j;
                    extreme = value;
                }
            }
            assertThat(y.getLong(i)).as("%s of %s at %d", op, x.spec(), i).isEqualTo(best);
        }
    }

    @Test
    void nanIsTheExtreme() {
        HostArray x = HostArray.of(new float[] {1, Float.NaN, 9, Float.NaN, 0, 2, 2, 0}, 2, 4);
        assertThat(one.run(new ArgReduce(true, 1), x).toLongArray()).containsExactly(1, 1);
        assertThat(one.run(new ArgReduce(false, 1), x).toLongArray()).containsExactly(1, 0);
        assertThat(one.run(new ArgReduce(true, 0), x).toLongArray()).containsExactly(0, 0, 0, 0);
    }
}
