package dev.lamina.backend.cuda;

import dev.lamina.ops.CustomOp;
import dev.lamina.tensor.Operand;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The user's own ops. Their code runs on the host: inputs are downloaded, outputs uploaded. This is the one family for
 * which the device waits for the host.
 */
final class CudaCustom {
    private static final int ALIGNMENT = 64;

    private final CudaMemory memory;

    CudaCustom(CudaMemory memory) {
        this.memory = memory;
    }

    void run(CustomOp op, Operand[] inputs, Operand[] outputs) {
        try (Arena arena = Arena.ofShared()) {
            List<MemorySegment> in = allocate(arena, inputs);
            for (int i = 0; i < inputs.length; i++) {
                memory.download(in.get(i), CudaBuffer.address(inputs[i]));
            }
            List<MemorySegment> out = allocate(arena, outputs);
            op.computeOnHost(Arrays.stream(inputs).map(Operand::spec).toList(), in, out);
            for (int i = 0; i < outputs.length; i++) {
                memory.upload(CudaBuffer.address(outputs[i]), out.get(i));
            }
        }
    }

    private static List<MemorySegment> allocate(Arena arena, Operand[] operands) {
        List<MemorySegment> segments = new ArrayList<>();
        for (Operand operand : operands) {
            segments.add(arena.allocate(Math.max(1, operand.bytes()), ALIGNMENT).asSlice(0, operand.bytes()));
        }
        return List.copyOf(segments);
    }
}
