package dev.lamina.backend.cpu;

import dev.lamina.ops.ElementwiseOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.FusedOp.Elementwise.Instruction;
import dev.lamina.ops.Op;
import dev.lamina.ops.UnaryBackwardOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Elementwise ops: each is a chain of one. */
final class ElementwiseKernels {
    private final CpuThreads threads;

    ElementwiseKernels(CpuThreads threads) {
        this.threads = threads;
    }

    /** Binds an op to its memory. */
    Runnable prepare(ElementwiseOp op, Operand[] inputs, Operand[] outputs) {
        if (op == UnaryOp.IDENTITY) {
            MemorySegment source = CpuBuffer.data(inputs[0]);
            MemorySegment target = CpuBuffer.data(outputs[0]);
            return () -> target.copyFrom(source);
        }
        boolean plain = outputs[0].dtype() == DType.FLOAT32 && inputs[0].shape().equals(outputs[0].shape());
        if (op == UnaryBackwardOp.RELU_BACKWARD && plain && inputs[1].shape().equals(outputs[0].shape())) {
            return new ReluGate(threads, inputs[0], inputs[1], outputs[0]);
        }
        List<DType> types = new ArrayList<>();
        List<Integer> arguments = new ArrayList<>();
        for (Operand input : inputs) {
            arguments.add(types.size());
            types.add(input.dtype());
        }
        FusedOp.Elementwise chain = new FusedOp.Elementwise(
                outputs[0].shape(), types, List.of(), List.of(new Instruction(op, arguments)), List.of(inputs.length));
        return prepare(chain, inputs, outputs);
    }

    ElementwiseLoop prepare(FusedOp.Elementwise chain, Operand[] inputs, Operand[] outputs) {
        return new ElementwiseLoop(threads, chain, inputs, outputs);
    }

    static IllegalStateException unsupported(Op op) {
        return new IllegalStateException("[cpu] expected a type that " + op.opName()
                + " accepts; received another one. The op's type rule should have caught this: a bug in Lamina.");
    }
}
