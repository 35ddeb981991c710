package dev.lamina.backend.cuda;

import dev.lamina.ops.FusedOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Casts of several tensors in one launch, of up to {@link #MOST} at a time: of float32 to a type of 16 bits, as a step
 * in mixed precision begins with for all its weights. Addresses and sizes are a parameter of the launch.
 */
final class CudaCasts {
    /** The size of the kernels' struct {@code Casts}. */
    static final int BYTES = 904;

    /** How many tensors a launch takes; the kernels know it too. */
    static final int MOST = 32;

    /** How many elements a block of threads casts; the kernels know it too. */
    private static final long CHUNK = 4096;

    private static final String KERNEL = "cast_many";

    private static final int Y = MOST * Long.BYTES;
    private static final int COUNT = 2 * MOST * Long.BYTES;
    private static final int FIRST = 3 * MOST * Long.BYTES;
    private static final int TENSORS = FIRST + MOST * Integer.BYTES;
    private static final int CHUNKS = TENSORS + Integer.BYTES;

    private final CudaLauncher launcher;
    private final KernelTable<String> kernels;

    CudaCasts(CudaLauncher launcher) {
        this.launcher = launcher;
        this.kernels = KernelTable.twiceTyped(launcher.library());
    }

    /** Whether there is a kernel for it. */
    static boolean serves(FusedOp.Casts op, List<TensorSpec> inputs) {
        return op.dtype().isHalf() && inputs.stream().allMatch(input -> input.dtype() == DType.FLOAT32);
    }

    /** Tensors from {@code first} up to {@code last} of those of an op. */
    record Group(Operand[] inputs, Operand[] outputs, int first, int last) {
        long chunks() {
            long chunks = 0;
            for (int i = first; i < last; i++) {
                chunks += Math.ceilDiv(inputs[i].shape().elements(), CHUNK);
            }
            return chunks;
        }

        void write(MemorySegment memory, long offset) {
            memory.asSlice(offset, BYTES).fill((byte) 0);
            long chunks = 0;
            for (int i = first; i < last; i++) {
                long at = offset + (long) (i - first) * Long.BYTES;
                long elements = inputs[i].shape().elements();
                memory.set(ValueLayout.JAVA_LONG, at, CudaBuffer.address(inputs[i]));
                memory.set(ValueLayout.JAVA_LONG, at + Y, CudaBuffer.address(outputs[i]));
                memory.set(ValueLayout.JAVA_LONG, at + COUNT, elements);
                memory.set(ValueLayout.JAVA_INT, offset + FIRST + (long) (i - first) * Integer.BYTES, (int) chunks);
                chunks += Math.ceilDiv(elements, CHUNK);
            }
            memory.set(ValueLayout.JAVA_INT, offset + TENSORS, last - first);
            memory.set(ValueLayout.JAVA_INT, offset + CHUNKS, Math.toIntExact(chunks));
        }
    }

    void run(Operand[] inputs, Operand[] outputs) {
        for (int first = 0; first < inputs.length; first += MOST) {
            Group group = new Group(inputs, outputs, first, Math.min(first + MOST, inputs.length));
            launcher.start(kernels.get(KERNEL, DType.FLOAT32, outputs[0].dtype()))
                    .casts(group)
                    .overBlocks(group.chunks());
        }
    }
}
