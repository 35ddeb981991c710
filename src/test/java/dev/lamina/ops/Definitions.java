package dev.lamina.ops;

import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.Arrays;
import java.util.List;

/**
 * What each op means, as plain loops over doubles that share nothing with any backend. The switch is exhaustive, so
 * that an op without a definition does not compile.
 */
final class Definitions {
    private Definitions() {}

    /** The outputs for these inputs, row-major. */
    static List<double[]> of(Op op, List<HostArray> inputs) {
        List<HostArray> in = inputs;
        return switch (op) {
            case UnaryOp unary ->
                List.of(ElementwiseDefinitions.unary(unary, in.get(0).toDoubleArray()));
            case UnaryBackwardOp backward ->
                List.of(ElementwiseDefinitions.backward(
                        backward, in.get(0).toDoubleArray(), in.get(1).toDoubleArray()));
            case BinaryOp binary -> List.of(ElementwiseDefinitions.binary(binary, in.get(0), in.get(1)));
            case ElementwiseOp.Select _ -> List.of(ElementwiseDefinitions.select(in.get(0), in.get(1), in.get(2)));
            case ElementwiseOp.Cast cast ->
                List.of(ElementwiseDefinitions.cast(cast.dtype(), in.get(0).toDoubleArray()));
            case ReductionOp.Reduce reduce -> List.of(ReductionDefinitions.reduce(reduce, in.get(0)));
            case ReductionOp.ArgReduce reduce -> List.of(ReductionDefinitions.arg(reduce, in.get(0)));
            case MatrixOp.Matmul matmul -> List.of(ReductionDefinitions.matmul(matmul, in.get(0), in.get(1)));
            case ShapeOp.Reshape _ -> List.of(in.get(0).toDoubleArray());
            case ShapeOp.BroadcastTo broadcast -> List.of(broadcast(in.get(0), broadcast.target()));
            case ShapeOp.Transpose transpose -> List.of(MoveDefinitions.transpose(transpose, in.get(0)));
            case ShapeOp.Slice slice -> List.of(MoveDefinitions.slice(slice, in.get(0)));
            case ShapeOp.Pad pad -> List.of(MoveDefinitions.pad(pad, in.get(0)));
            case ShapeOp.Concat concat -> List.of(MoveDefinitions.concat(concat, in));
            case IndexOp.Gather _ -> List.of(MoveDefinitions.gather(in.get(0), in.get(1)));
            case IndexOp.ScatterAdd scatter -> List.of(MoveDefinitions.scatterAdd(scatter, in.get(0), in.get(1)));
            case IndexOp.OneHot oneHot -> List.of(MoveDefinitions.oneHot(oneHot, in.get(0)));
            case SoftmaxOp softmax -> RowDefinitions.softmax(softmax, in);
            case NormalizationOp.BatchNorm norm -> RowDefinitions.batchNorm(norm, in);
            case NormalizationOp.BatchNormBackward norm -> RowDefinitions.batchNormBackward(norm, in);
            case NormalizationOp.LayerNorm norm -> LayerNormDefinitions.forward(norm, in);
            case NormalizationOp.LayerNormBackward _ -> LayerNormDefinitions.backward(in);
            case ConvolutionOp convolution -> List.of(ImageDefinitions.convolution(convolution, in.get(0), in.get(1)));
            case PoolingOp.MaxPool pool -> List.of(ImageDefinitions.maxPool(pool.window(), in.get(0)));
            case PoolingOp.MaxPoolBackward pool ->
                List.of(ImageDefinitions.maxPoolBackward(pool.window(), in.get(0), in.get(1), in.get(2)));
            case PoolingOp.AveragePool pool -> List.of(ImageDefinitions.averagePool(pool.window(), in.get(0)));
            case PoolingOp.AveragePoolBackward pool -> List.of(ImageDefinitions.averagePoolBackward(pool, in.get(0)));
            case RandomOp.Uniform uniform -> List.of(RandomDefinitions.uniform(uniform, in.get(0)));
            case RandomOp.Normal normal -> List.of(RandomDefinitions.normal(normal, in.get(0)));
            case SourceOp.Fill fill -> {
                double[] values = new double[(int) fill.shape().elements()];
                Arrays.fill(values, ElementwiseDefinitions.cast(fill.dtype(), new double[] {fill.value()})[0]);
                yield List.of(values);
            }
            case SourceOp.Range range -> {
                double[] values = new double[range.count()];
                Arrays.setAll(values, i -> range.start() + i);
                yield List.of(values);
            }
            case FusedOp fused -> FusedDefinitions.of(fused, in);
            case OptimizerOp step -> OptimizerDefinitions.of(step, in);
            case CustomOp custom -> throw new IllegalArgumentException("a custom op defines itself: " + custom);
        };
    }

    /** The shape of an op's first output. */
    static Shape shape(Op op, HostArray... inputs) {
        List<TensorSpec> specs = Arrays.stream(inputs).map(HostArray::spec).toList();
        return op.infer(specs).get(0).shape();
    }

    /** The place along each axis of a row-major index. */
    static int[] place(long index, Shape shape) {
        int[] place = new int[shape.rank()];
        long rest = index;
        for (int axis = shape.rank() - 1; axis >= 0; axis--) {
            place[axis] = (int) (rest % shape.size(axis));
            rest /= shape.size(axis);
        }
        return place;
    }

    /** The row-major index of a place. */
    static int index(int[] place, Shape shape) {
        int index = 0;
        for (int axis = 0; axis < place.length; axis++) {
            index = index * shape.size(axis) + place[axis];
        }
        return index;
    }

    /** The values of an array repeated to a larger shape: axes are aligned at the end, those of size 1 are repeated. */
    static double[] broadcast(HostArray x, Shape target) {
        double[] values = new double[(int) target.elements()];
        int extra = target.rank() - x.shape().rank();
        for (int i = 0; i < values.length; i++) {
            int[] place = place(i, target);
            int[] own = new int[x.shape().rank()];
            for (int axis = 0; axis < own.length; axis++) {
                own[axis] = x.shape().size(axis) == 1 ? 0 : place[axis + extra];
            }
            values[i] = x.getDouble(index(own, x.shape()));
        }
        return values;
    }
}
