package dev.lamina.ops;

import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;

/**
 * An operation as a value. It knows its name and attributes (record components), its shape and type rule, and its
 * gradient rule, and nothing of how it is computed. Families are interfaces, one file each; backends have one class a
 * family with an exhaustive switch.
 */
public sealed interface Op
        permits ElementwiseOp,
                ReductionOp,
                MatrixOp,
                ShapeOp,
                IndexOp,
                SoftmaxOp,
                NormalizationOp,
                ConvolutionOp,
                PoolingOp,
                RandomOp,
                SourceOp,
                FusedOp,
                OptimizerOp,
                CustomOp {

    /** The name in messages and file names, such as {@code matmul}. */
    String opName();

    /**
     * What the outputs are for inputs of these specs; axes may be unknown. Every misuse is found here, before anything
     * runs: {@link dev.lamina.errors.ShapeException} or {@link dev.lamina.errors.DTypeException}.
     */
    List<TensorSpec> infer(List<TensorSpec> inputs);

    /** Emits the ops of the gradient, and hands over a gradient for each input that needs one. */
    void vjp(Vjp vjp);

    /**
     * The op in simpler ops, for devices that have no code of their own for it. Uses nothing but its arguments, and
     * gives outputs of the specs that {@link #infer} gives. Empty, as it is by default, if there is no such definition.
     *
     * @param ops where to emit the simpler ops
     */
    default Optional<List<Tensor>> define(OpSink ops, List<Tensor> inputs) {
        return Optional.empty();
    }
}
