package dev.lamina.graph;

import dev.lamina.ops.ConvolutionOp;
import dev.lamina.ops.CustomOp;
import dev.lamina.ops.ElementwiseOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.IndexOp;
import dev.lamina.ops.MatrixOp;
import dev.lamina.ops.NormalizationOp;
import dev.lamina.ops.Op;
import dev.lamina.ops.OptimizerOp;
import dev.lamina.ops.PooledConvolution;
import dev.lamina.ops.PooledConvolutionBackward;
import dev.lamina.ops.PoolingOp;
import dev.lamina.ops.RandomOp;
import dev.lamina.ops.ReductionOp;
import dev.lamina.ops.ResidualNorm;
import dev.lamina.ops.ShapeOp;
import dev.lamina.ops.SoftmaxOp;
import dev.lamina.ops.SourceOp;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * What a step costs at least.
 *
 * @param flops floating-point operations: 2 for each product that is added up in matrix products and convolutions; in
 *     other ops 1 for each element and op, the passes over rows in normalization and softmax counted one by one
 * @param bytes read and written, each operand once
 */
public record Cost(long flops, long bytes) {
    static final Cost NOTHING = new Cost(0, 0);

    /** Of one op on operands of these specs. */
    static Cost of(Op op, List<TensorSpec> inputs, List<TensorSpec> outputs) {
        long bytes = inputs.stream().mapToLong(TensorSpec::bytes).sum()
                + outputs.stream().mapToLong(TensorSpec::bytes).sum();
        return new Cost(flops(op, inputs, outputs), bytes);
    }

    Cost plus(Cost other) {
        return new Cost(flops + other.flops, bytes + other.bytes);
    }

    private static long flops(Op op, List<TensorSpec> in, List<TensorSpec> out) {
        return switch (op) {
            case MatrixOp.Matmul product -> products(product, in, out);
            case FusedOp.Linear linear ->
                products(linear.product(), in, out) + (linear.activation().isPresent() ? 2 : 1) * elements(out);
            case FusedOp.GatedProduct of -> products(of.product(), in, out) + elements(out);
            case FusedOp.LinearBackward of ->
                products(of.product(), in, out.subList(0, 1)) + elements(in.subList(1, 2));
            case FusedOp.Elementwise chain ->
                chain.shape().elements() * chain.instructions().size();
            case FusedOp.Sequence sequence -> sequence(sequence);
            case FusedOp.Casts _ -> elements(out);
            case ResidualNorm _, ResidualNorm.Backward _ -> 6 * elements(in.subList(0, 1));
            case FusedOp.Convolution _ -> 2 * elements(out) * perPlace(in.get(1).shape()) + elements(out);
            case PooledConvolution of -> {
                List<TensorSpec> places = of.convolution().infer(in);
                List<TensorSpec> pooled = out.subList(out.size() - 1, out.size());
                yield flops(of.convolution(), in, places)
                        + flops(of.pool(), places, pooled)
                        + (of.cut() ? elements(pooled) : 0);
            }
            case PooledConvolutionBackward of -> {
                TensorSpec places = of.places(in);
                TensorSpec kernel = in.get(1);
                long products = (of.images() ? 4 : 2) * places.shape().elements() * perPlace(kernel.shape());
                yield products + 2 * places.shape().elements();
            }
            case ConvolutionOp.Conv _ -> 2 * elements(out) * perPlace(in.get(1).shape());
            case ConvolutionOp.InputBackward _ ->
                2 * in.get(1).shape().elements() * perPlace(in.get(0).shape());
            case ConvolutionOp.KernelBackward of -> 2 * in.get(1).shape().elements() * perPlace(of.target());
            case PoolingOp of ->
                Math.max(elements(in), elements(out) * of.window().size().elements());
            case NormalizationOp _ -> 5 * elements(in.subList(0, 1));
            case SoftmaxOp _ -> 4 * elements(in.subList(0, 1));
            case ReductionOp _ -> elements(in);
            case OptimizerOp _ -> 4 * elements(in);
            case ElementwiseOp _, RandomOp _, CustomOp _ -> elements(out);
            case ShapeOp _, IndexOp _, SourceOp _ -> 0;
        };
    }

    private static long sequence(FusedOp.Sequence op) {
        List<TensorSpec> values = new ArrayList<>(op.inputs());
        long flops = 0;
        for (FusedOp.Sequence.Step one : op.steps()) {
            List<TensorSpec> in = one.arguments().stream().map(values::get).toList();
            List<TensorSpec> out = one.op().infer(in);
            flops += flops(one.op(), in, out);
            values.addAll(out);
        }
        return flops;
    }

    private static long products(MatrixOp.Matmul op, List<TensorSpec> in, List<TensorSpec> out) {
        int common = in.get(0).shape().size(op.transposeA() ? -2 : -1);
        return 2 * elements(out) * common;
    }

    /** The products for one element of the places: the kernel (..., channels of a group, filters) of one filter. */
    private static long perPlace(Shape kernel) {
        return kernel.elements(0, kernel.rank() - 1);
    }

    private static long elements(List<TensorSpec> specs) {
        return specs.stream().mapToLong(spec -> spec.shape().elements()).sum();
    }
}
