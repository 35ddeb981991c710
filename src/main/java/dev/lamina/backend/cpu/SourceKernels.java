package dev.lamina.backend.cpu;

import dev.lamina.ops.SourceOp;
import dev.lamina.tensor.Elements;
import dev.lamina.tensor.Operand;
import java.lang.foreign.MemorySegment;

/** Ops without inputs. */
final class SourceKernels {
    private final StridedCopy copy;

    SourceKernels(CpuThreads threads) {
        this.copy = new StridedCopy(threads);
    }

    void run(SourceOp op, Operand[] outputs) {
        switch (op) {
            case SourceOp.Fill fill -> copy.fill(outputs[0], fill.value());
            case SourceOp.Range range -> {
                MemorySegment out = CpuBuffer.data(outputs[0]);
                for (int i = 0; i < range.count(); i++) {
                    Elements.setLong(out, range.dtype(), i, (long) range.start() + i);
                }
            }
        }
    }
}
