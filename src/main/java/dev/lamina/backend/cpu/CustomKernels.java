package dev.lamina.backend.cpu;

import dev.lamina.ops.CustomOp;
import dev.lamina.tensor.Operand;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** The user's own ops: their code gets the operands' memory. */
final class CustomKernels {
    void run(CustomOp op, Operand[] inputs, Operand[] outputs) {
        op.computeOnHost(Arrays.stream(inputs).map(Operand::spec).toList(), data(inputs), data(outputs));
    }

    private static List<MemorySegment> data(Operand[] operands) {
        return Arrays.stream(operands).map(CpuBuffer::data).toList();
    }
}
