package dev.lamina.ops;

import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The meaning of the reductions and the matrix product. */
final class ReductionDefinitions {
    private ReductionDefinitions() {}

    static double[] reduce(ReductionOp.Reduce op, HostArray x) {
        Shape shape = x.shape();
        List<Integer> axes = new ArrayList<>();
        for (int axis : op.axes()) {
            axes.add(axis < 0 ? axis + shape.rank() : axis);
        }
        int[] kept = shape.sizes();
        for (int axis = 0; axis < kept.length; axis++) {
            if (axes.isEmpty() || axes.contains(axis)) {
                kept[axis] = 1;
            }
        }
        Shape target = Shape.of(kept);
        double[] y = new double[(int) target.elements()];
        int[] counts = new int[y.length];
        for (int i = 0; i < x.elements(); i++) {
            int[] place = Definitions.place(i, shape);
            for (int axis = 0; axis < place.length; axis++) {
                place[axis] = kept[axis] == 1 ? 0 : place[axis];
            }
            int at = Definitions.index(place, target);
            double value = x.getDouble(i);
            boolean first = counts[at]++ == 0;
            y[at] = switch (op.kind()) {
                case SUM, MEAN -> y[at] + value;
                case MAX -> first ? value : Math.max(y[at], value);
                case MIN -> first ? value : Math.min(y[at], value);
            };
        }
        if (op.kind() == ReductionOp.Kind.MEAN) {
            for (int i = 0; i < y.length; i++) {
                y[i] /= counts[i];
            }
        }
        return y;
    }

    static double[] arg(ReductionOp.ArgReduce op, HostArray x) {
        Shape shape = x.shape();
        int axis = op.axis() < 0 ? op.axis() + shape.rank() : op.axis();
        Shape target = shape.drop(axis);
        double[] y = new double[(int) target.elements()];
        for (int i = 0; i < y.length; i++) {
            int[] rest = Definitions.place(i, target);
            double best = 0;
            for (int along = 0; along < shape.size(axis); along++) {
                int[] place = new int[shape.rank()];
                System.arraycopy(rest, 0, place, 0, axis);
                place[axis] = along;
                System.arraycopy(rest, axis, place, axis + 1, rest.length - axis);
                double value = x.getDouble(Definitions.index(place, shape));
                boolean better = along == 0
                        || !Double.isNaN(best) && (Double.isNaN(value) || (op.largest() ? value > best : value < best));
                if (better) {
                    best = value;
                    y[i] = along;
                }
            }
        }
        return y;
    }

    static double[] matmul(MatrixOp.Matmul op, HostArray a, HostArray b) {
        Shape shape = Definitions.shape(op, a, b);
        int rank = shape.rank();
        int inner = a.shape().size(op.transposeA() ? -2 : -1);
        double[] y = new double[(int) shape.elements()];
        for (int i = 0; i < y.length; i++) {
            int[] place = Definitions.place(i, shape);
            int[] batch = Arrays.copyOf(place, rank - 2);
            for (int k = 0; k < inner; k++) {
                y[i] += element(a, batch, op.transposeA(), place[rank - 2], k)
                        * element(b, batch, op.transposeB(), k, place[rank - 1]);
            }
        }
        return y;
    }

    private static double element(HostArray x, int[] batch, boolean transposed, int row, int column) {
        Shape shape = x.shape();
        int[] place = new int[shape.rank()];
        int extra = batch.length - (shape.rank() - 2);
        for (int axis = 0; axis < shape.rank() - 2; axis++) {
            place[axis] = shape.size(axis) == 1 ? 0 : batch[axis + extra];
        }
        place[shape.rank() - 2] = transposed ? column : row;
        place[shape.rank() - 1] = transposed ? row : column;
        return x.getDouble(Definitions.index(place, shape));
    }
}
