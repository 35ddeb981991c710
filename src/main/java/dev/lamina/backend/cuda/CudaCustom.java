package dev.lamina.backend.cuda;

import dev.lamina.backend.Backend;
import dev.lamina.backend.Composite;
import dev.lamina.ops.CustomOp;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The user's own ops: on the device by their definition in simpler ops. An op that has none but agrees to it runs on
 * the host: inputs are downloaded, outputs uploaded. This is the one family for which the device waits for the host,
 * and it says so once for each name. Used without the device's lock.
 */
final class CudaCustom {
    private static final Logger LOG = LoggerFactory.getLogger(CudaCustom.class);
    private static final int ALIGNMENT = 64;

    private final Backend backend;
    private final CudaMemory memory;
    private final Composite composite;
    private final Set<String> warned = ConcurrentHashMap.newKeySet();

    CudaCustom(Backend backend, Composite composite, CudaMemory memory) {
        this.backend = backend;
        this.memory = memory;
        this.composite = composite;
    }

    long workspaceBytes(CustomOp op, List<TensorSpec> inputs) {
        Optional<Long> bytes = composite.workspaceBytes(op, inputs);
        if (bytes.isEmpty() && !op.mayWaitForHost()) {
            throw Composite.undefined(op, backend);
        }
        return bytes.orElse(0L);
    }

    /** Whether the host has a part in running the op. */
    boolean runsOnHost(CustomOp op, List<TensorSpec> inputs) {
        return composite.workspaceBytes(op, inputs).isEmpty();
    }

    void run(CustomOp op, Operand[] inputs, Operand[] outputs, Operand workspace) {
        if (composite.run(op, inputs, outputs, workspace)) {
            return;
        }
        if (!op.mayWaitForHost()) {
            throw Composite.undefined(op, backend);
        }
        if (warned.add(op.opName())) {
            LOG.warn(
                    "[{}] runs on the host: {} waits for it and copies its inputs and outputs at each call. "
                            + "A definition in simpler ops (CustomOp.define) would run on the device.",
                    op.opName(),
                    backend.name());
        }
        runOnHost(op, inputs, outputs);
    }

    private void runOnHost(CustomOp op, Operand[] inputs, Operand[] outputs) {
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
