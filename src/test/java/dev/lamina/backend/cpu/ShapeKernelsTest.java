package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.ops.ShapeOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

/** Ops that move elements, against index arithmetic. */
class ShapeKernelsTest {
    private static final int OUTSIDE = -1;

    private final Runner one = new Runner(1);
    private final Runner three = new Runner(3);

    /** Each element must be the source's at the index given, or the value if that is {@link #OUTSIDE}. */
    private void check(ShapeOp op, HostArray x, double value, LongUnaryOperator source) {
        HostArray y = one.run(op, x);
        for (long i = 0; i < y.elements(); i++) {
            long from = source.applyAsLong(i);
            double expected = from == OUTSIDE ? value : x.getDouble(from);
            assertThat(y.getDouble(i)).as("%s of %s at %d", op, x.spec(), i).isEqualTo(expected);
        }
        assertThat(three.run(op, x).data().mismatch(y.data())).isEqualTo(-1);
    }

    @Test
    void reshapes() {
        check(new ShapeOp.Reshape(Shape.of(6, Shape.UNKNOWN)), Runner.random(1, DType.FLOAT32, 4, 3, 13), 0, i -> i);
        check(new ShapeOp.Reshape(Shape.of(0, 5)), Runner.random(1, DType.BOOL, 5, 0), 0, i -> i);
    }

    @Test
    void broadcasts() {
        int[][][] cases = {
            {{}, {207}},
            {{6}, {13, 6}},
            {{13, 1}, {13, 6}},
            {{1, 4, 1}, {3, 4, 5}},
            {{3, 1, 200}, {3, 7, 200}},
            {{1}, {0}},
            {{1, 1}, {300, 300}}
        };
        for (DType dtype : DType.values()) {
            for (int[][] each : cases) {
                Shape target = Shape.of(each[1]);
                HostArray x = Runner.random(1, dtype, each[0]);
                check(new ShapeOp.BroadcastTo(target), x, 0, i -> Index.broadcast(i, target, x.shape()));
            }
        }
    }

    @Test
    void transposes() {
        List<List<Integer>> orders =
                List.of(List.of(2, 1, 0), List.of(0, 2, 1), List.of(1, 0, 2), List.of(2, 0, 1), List.of(0, 1, 2));
        for (DType dtype : DType.values()) {
            for (int[] sizes : new int[][] {{4, 6, 13}, {1, 207, 3}, {207, 1, 100}, {3, 0, 2}}) {
                for (List<Integer> order : orders) {
                    HostArray x = Runner.random(1, dtype, sizes);
                    Shape result = Shape.of(
                            order.stream().mapToInt(axis -> sizes[axis]).toArray());
                    check(new ShapeOp.Transpose(order), x, 0, i -> {
                        int[] at = Index.positions(i, result);
                        int[] from = new int[3];
                        for (int axis = 0; axis < 3; axis++) {
                            from[order.get(axis)] = at[axis];
                        }
                        return Index.of(from, x.shape());
                    });
                }
            }
        }
    }

    @Test
    void slicesAndPads() {
        for (DType dtype : DType.values()) {
            HostArray x = Runner.random(1, dtype, 5, 7, 40);
            List<Integer> starts = List.of(1, 0, 3);
            Shape box = Shape.of(3, 7, 30);
            check(new ShapeOp.Slice(starts, List.of(3, -1, 30)), x, 0, i -> {
                int[] at = Index.positions(i, box);
                return Index.of(new int[] {at[0] + 1, at[1], at[2] + 3}, x.shape());
            });
            double value = dtype == DType.BOOL ? 1 : 3;
            Shape padded = Shape.of(5 + 3, 7, 40 + 1);
            check(new ShapeOp.Pad(List.of(1, 0, 0), List.of(2, 0, 1), value), x, value, i -> {
                int[] at = Index.positions(i, padded);
                boolean inside = at[0] >= 1 && at[0] < 6 && at[2] < 40;
                return inside ? Index.of(new int[] {at[0] - 1, at[1], at[2]}, x.shape()) : OUTSIDE;
            });
        }
        check(
                new ShapeOp.Pad(List.of(2), List.of(1), Double.NEGATIVE_INFINITY),
                HostArray.of(new float[0]),
                Double.NEGATIVE_INFINITY,
                i -> OUTSIDE);
        check(
                new ShapeOp.Slice(List.of(), List.of()),
                HostArray.of(new float[] {7}).reshape(),
                0,
                i -> 0);
    }

    @Test
    void concatenates() {
        for (DType dtype : DType.values()) {
            for (int axis = -3; axis < 3; axis++) {
                int at = Math.floorMod(axis, 3);
                List<HostArray> inputs = new ArrayList<>();
                int[] sizes = {4, 6, 13};
                for (int size : new int[] {1, 5, 0, 30}) {
                    sizes[at] = size;
                    inputs.add(Runner.random(size, dtype, sizes));
                }
                HostArray y = three.run(new ShapeOp.Concat(axis), inputs.toArray(HostArray[]::new));
                assertThat(y.shape().size(at)).isEqualTo(36);
                for (long i = 0; i < y.elements(); i++) {
                    int[] position = Index.positions(i, y.shape());
                    int input = 0;
                    while (position[at] >= inputs.get(input).shape().size(at)) {
                        position[at] -= inputs.get(input++).shape().size(at);
                    }
                    HostArray source = inputs.get(input);
                    assertThat(y.getDouble(i)).isEqualTo(source.getDouble(Index.of(position, source.shape())));
                }
            }
        }
    }
}
