package dev.lamina.backend.cpu;

import dev.lamina.ops.FusedOp;
import dev.lamina.ops.MatrixOp;
import dev.lamina.ops.UnaryBackwardOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import java.util.Optional;

/**
 * Matrix products with what follows them: bias and activation, or the gradient of relu. Each thread goes on with what
 * it has just computed.
 */
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

    Runnable prepare(FusedOp.GatedProduct op, Operand[] inputs, Operand[] outputs, Operand workspace) {
        Operand y = outputs[0];
        if (y.dtype() == DType.FLOAT32) {
            return matrix.prepare(op.product(), inputs, outputs, workspace, elementwise.gate(inputs[2], y));
        }
        // Not the output of relu, for which the workspace has no room.
        Operand[] sides = {inputs[0], inputs[1]};
        Runnable product = matrix.prepare((MatrixOp) op.product(), sides, outputs, workspace);
        Runnable gate = elementwise.prepare(UnaryBackwardOp.RELU_BACKWARD, new Operand[] {inputs[2], y}, outputs);
        return () -> {
            product.run();
            gate.run();
        };
    }
}
