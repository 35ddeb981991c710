package dev.lamina.backend.cpu;

import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.FusedOp.Elementwise.Instruction;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Matrix product, bias and activation: each thread adds the bias to the rows it has just computed. */
final class LinearKernels {
    private final MatrixKernels matrix;
    private final ElementwiseKernels elementwise;

    LinearKernels(MatrixKernels matrix, ElementwiseKernels elementwise) {
        this.matrix = matrix;
        this.elementwise = elementwise;
    }

    Runnable prepare(FusedOp.Linear op, Operand[] inputs, Operand[] outputs, Operand workspace) {
        Operand y = outputs[0];
        boolean relu = op.activation().equals(Optional.of(UnaryOp.RELU));
        boolean plain = relu || op.activation().isEmpty();
        if (plain && y.dtype() == DType.FLOAT32 && y.shape().elements() > 0) {
            return matrix.prepare(op.product(), inputs, outputs, workspace, new BiasEpilogue(y, inputs[2], relu));
        }
        ElementwiseLoop loop = elementwise.prepare(epilogue(op, y), new Operand[] {y, inputs[2]}, outputs);
        return matrix.prepare(op.product(), inputs, outputs, workspace, loop::run);
    }

    /** What follows the product, in place. */
    private static FusedOp.Elementwise epilogue(FusedOp.Linear op, Operand y) {
        List<DType> types = List.of(y.dtype(), y.dtype());
        List<Instruction> instructions = new ArrayList<>(List.of(new Instruction(BinaryOp.ADD, List.of(0, 1))));
        op.activation().ifPresent(activation -> instructions.add(new Instruction(activation, List.of(2))));
        return new FusedOp.Elementwise(y.shape(), types, List.of(), instructions, List.of(1 + instructions.size()));
    }
}
