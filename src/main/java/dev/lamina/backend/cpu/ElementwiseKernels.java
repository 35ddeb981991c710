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
    /** With less than two of these to do natively a second thread does not pay. */
    private static final long GRAIN = 32 << 10;

    private final CpuThreads threads;
    private final boolean natively;

    /** @param natively whether native loops may run */
    ElementwiseKernels(CpuThreads threads, boolean natively) {
        this.threads = threads;
        this.natively = natively;
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
            return gate(inputs, outputs[0]);
        }
        if (op == UnaryOp.RELU && plain && natively) {
            MemorySegment x = CpuBuffer.data(inputs[0]);
            MemorySegment y = CpuBuffer.data(outputs[0]);
            long elements = outputs[0].shape().elements();
            CpuThreads.RangeBody body = (_, from, to) -> Loops.relu(x, y, from, to);
            return () -> threads.parallelFor(elements, GRAIN, body);
        }
        return one(op, inputs, outputs);
    }

    private ReluGate gate(Operand[] inputs, Operand dx) {
        return new ReluGate(threads, inputs[0], inputs[1], dx, natively);
    }

    /** The gradient of relu, of float32 and in place, as what follows a product. */
    ReluGate gate(Operand saved, Operand y) {
        return new ReluGate(threads, saved, y, y, natively);
    }

    private ElementwiseLoop one(ElementwiseOp op, Operand[] inputs, Operand[] outputs) {
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
        return new ElementwiseLoop(threads, natively, chain, inputs, outputs);
    }

    static IllegalStateException unsupported(Op op) {
        return new IllegalStateException("[cpu] expected a type that " + op.opName()
                + " accepts; received another one. The op's type rule should have caught this: a bug in Lamina.");
    }
}
