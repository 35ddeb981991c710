package dev.lamina.backend.cpu;

import dev.lamina.ops.FusedOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import java.util.Optional;

/** Matrix product, bias and activation: each thread adds the bias to the rows it has just computed. */
final class LinearKernels {
    private final MatrixKernels matrix;
    private final ElementwiseKernels elementwise;
    private final boolean natively;

    LinearKernels(MatrixKernels matrix, ElementwiseKernels elementwise, boolean natively) {
        this.matrix = matrix;
        this.elementwise = elementwise;
        this.natively = natively;
    }

    Runnable prepare(FusedOp.Linear op, Operand[] inputs, Operand[] outputs, Operand workspace) {
        Operand y = outputs[0];
        boolean relu = op.activation().equals(Optional.of(UnaryOp.RELU));
        boolean plain = relu || op.activation().isEmpty();
        if (plain && y.dtype() == DType.FLOAT32 && y.shape().elements() > 0) {
            return matrix.prepare(
                    op.product(), inputs, outputs, workspace, new BiasEpilogue(y, inputs[2], relu, natively));
        }
        ElementwiseLoop loop = elementwise.prepare(op.epilogue(y.spec()), new Operand[] {y, inputs[2]}, outputs);
        return matrix.prepare(op.product(), inputs, outputs, workspace, loop::run);
    }
}
