package dev.lamina.ops;

import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.Arrays;
import java.util.List;

/** The meaning of the ops that move elements, and of those driven by indices. */
final class MoveDefinitions {
    private MoveDefinitions() {}

    static double[] transpose(ShapeOp.Transpose op, HostArray x) {
        Shape shape = Definitions.shape(op, x);
        double[] y = new double[(int) shape.elements()];
        for (int i = 0; i < y.length; i++) {
            int[] place = Definitions.place(i, shape);
            int[] from = new int[place.length];
            for (int axis = 0; axis < place.length; axis++) {
                from[op.axes().get(axis)] = place[axis];
            }
            y[i] = x.getDouble(Definitions.index(from, x.shape()));
        }
        return y;
    }

    static double[] slice(ShapeOp.Slice op, HostArray x) {
        Shape shape = Definitions.shape(op, x);
        double[] y = new double[(int) shape.elements()];
        for (int i = 0; i < y.length; i++) {
            int[] place = Definitions.place(i, shape);
            for (int axis = 0; axis < place.length; axis++) {
                place[axis] += op.starts().get(axis);
            }
            y[i] = x.getDouble(Definitions.index(place, x.shape()));
        }
        return y;
    }

    static double[] pad(ShapeOp.Pad op, HostArray x) {
        Shape shape = Definitions.shape(op, x);
        double[] y = new double[(int) shape.elements()];
        Arrays.fill(y, ElementwiseDefinitions.cast(x.dtype(), new double[] {op.value()})[0]);
        for (int i = 0; i < x.elements(); i++) {
            int[] place = Definitions.place(i, x.shape());
            for (int axis = 0; axis < place.length; axis++) {
                place[axis] += op.before().get(axis);
            }
            y[Definitions.index(place, shape)] = x.getDouble(i);
        }
        return y;
    }

    static double[] concat(ShapeOp.Concat op, List<HostArray> inputs) {
        Shape shape = Definitions.shape(op, inputs.toArray(HostArray[]::new));
        int axis = shape.axis(op.axis());
        double[] y = new double[(int) shape.elements()];
        int from = 0;
        for (HostArray x : inputs) {
            for (int i = 0; i < x.elements(); i++) {
                int[] place = Definitions.place(i, x.shape());
                place[axis] += from;
                y[Definitions.index(place, shape)] = x.getDouble(i);
            }
            from += x.shape().size(axis);
        }
        return y;
    }

    static double[] gather(HostArray table, HostArray indices) {
        int entry = table.shape().size(0) == 0
                ? 0
                : (int) table.elements() / table.shape().size(0);
        double[] y = new double[(int) indices.elements() * entry];
        for (int i = 0; i < indices.elements(); i++) {
            for (int j = 0; j < entry; j++) {
                y[i * entry + j] = table.getDouble(indices.getLong(i) * entry + j);
            }
        }
        return y;
    }

    static double[] scatterAdd(IndexOp.ScatterAdd op, HostArray indices, HostArray dy) {
        int entry = (int) Definitions.shape(op, indices, dy).elements() / op.rows();
        double[] table = new double[op.rows() * entry];
        for (int i = 0; i < indices.elements(); i++) {
            for (int j = 0; j < entry; j++) {
                table[(int) indices.getLong(i) * entry + j] += dy.getDouble((long) i * entry + j);
            }
        }
        return table;
    }

    static double[] oneHot(IndexOp.OneHot op, HostArray indices) {
        double[] y = new double[(int) indices.elements() * op.depth()];
        for (int i = 0; i < indices.elements(); i++) {
            long at = indices.getLong(i);
            if (at >= 0 && at < op.depth()) {
                y[i * op.depth() + (int) at] = 1;
            }
        }
        return y;
    }
}
