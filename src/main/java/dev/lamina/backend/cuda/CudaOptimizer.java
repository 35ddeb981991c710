package dev.lamina.backend.cuda;

import dev.lamina.backend.PlanExecutor;
import dev.lamina.ops.OptimizerOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/**
 * Optimizers' steps: one launch for all weights, which finds their addresses and sizes in a table on the device. A plan
 * writes its table once; a single call writes one into its workspace.
 */
final class CudaOptimizer {
    /** How many elements a block of threads updates; the kernels know it too. */
    private static final long CHUNK = 4096;

    private static final int SLOTS = 3;
    private static final int ENTRY_BYTES = 96;
    private static final int CHUNK_BYTES = 16;

    // Offsets in an entry.
    private static final int GRADIENT = 8;
    private static final int SLOT = 16;
    private static final int NEXT_WEIGHT = 40;
    private static final int NEXT_SLOT = 48;
    private static final int COUNT = 72;
    private static final int DECAY = 80;
    private static final int GRADIENT_TYPE = 88;

    private final CudaMemory memory;
    private final CudaLauncher launcher;
    private final KernelTable<String> typed;

    CudaOptimizer(CudaMemory memory, CudaLauncher launcher) {
        this.memory = memory;
        this.launcher = launcher;
        this.typed = KernelTable.typed(launcher.library());
    }

    /** The size of the table. */
    long workspaceBytes(OptimizerOp op, List<TensorSpec> inputs) {
        long chunks = 0;
        for (int i = 0; i < weights(op); i++) {
            chunks += chunks(inputs.get(op.shared() + i * op.inputsPerWeight()));
        }
        return (long) weights(op) * ENTRY_BYTES + chunks * CHUNK_BYTES;
    }

    /** The memory of a bound op's table. */
    TensorSpec table(OptimizerOp op, List<TensorSpec> inputs) {
        return PlanExecutor.scratch(workspaceBytes(op, inputs));
    }

    private static int weights(OptimizerOp op) {
        return op.decays().size();
    }

    private static long chunks(TensorSpec weight) {
        return Math.ceilDiv(weight.shape().elements(), CHUNK);
    }

    /** Writes the table into the workspace and launches. */
    void run(OptimizerOp op, Operand[] inputs, Operand[] outputs, Operand workspace) {
        long table = CudaBuffer.address(workspace);
        launch(op, inputs, table, write(op, inputs, outputs, table));
    }

    /** An op with a table of its own, written already. Its methods are called under the device's lock. */
    final class Bound {
        private final OptimizerOp op;
        private final Operand[] inputs;
        private final CudaBuffer memory;
        private final long table;
        private final int chunks;

        private Bound(OptimizerOp op, Operand[] inputs, Operand[] outputs) {
            this.op = op;
            this.inputs = inputs;
            TensorSpec spec = table(op, specs(inputs));
            memory = CudaOptimizer.this.memory.allocate(spec.bytes());
            table = CudaBuffer.address(new Operand(memory, 0, spec));
            try {
                chunks = write(op, inputs, outputs, table);
            } catch (Throwable e) {
                memory.free();
                throw e;
            }
        }

        void run() {
            launch(op, inputs, table, chunks);
        }

        void close() {
            memory.free();
        }
    }

    /** Binds an op to its memory. */
    Bound bind(OptimizerOp op, Operand[] inputs, Operand[] outputs) {
        return new Bound(op, inputs, outputs);
    }

    private static List<TensorSpec> specs(Operand[] operands) {
        return Arrays.stream(operands).map(Operand::spec).toList();
    }

    /** Uploads the table and returns how many chunks it has. */
    private int write(OptimizerOp op, Operand[] inputs, Operand[] outputs, long table) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocate(Math.max(1, workspaceBytes(op, specs(inputs))), Long.BYTES);
            long chunkAt = (long) weights(op) * ENTRY_BYTES;
            for (int i = 0; i < weights(op); i++) {
                MemorySegment entry = host.asSlice((long) i * ENTRY_BYTES, ENTRY_BYTES);
                int in = op.shared() + i * op.inputsPerWeight();
                int out = i * op.outputsPerWeight();
                long elements = inputs[in].shape().elements();
                address(entry, 0, inputs[in]);
                address(entry, GRADIENT, inputs[in + 1]);
                address(entry, NEXT_WEIGHT, outputs[out]);
                for (int slot = 0; slot < op.slots(); slot++) {
                    int place = place(op, slot);
                    address(entry, SLOT + place * Long.BYTES, inputs[in + 2 + slot]);
                    address(entry, NEXT_SLOT + place * Long.BYTES, outputs[out + 1 + slot]);
                }
                entry.set(ValueLayout.JAVA_LONG, COUNT, elements);
                entry.set(ValueLayout.JAVA_DOUBLE, DECAY, op.decays().get(i));
                entry.set(ValueLayout.JAVA_INT, GRADIENT_TYPE, gradientType(inputs[in], inputs[in + 1]));
                for (long first = 0; first < elements; first += CHUNK) {
                    host.set(ValueLayout.JAVA_INT, chunkAt, i);
                    host.set(ValueLayout.JAVA_LONG, chunkAt + Long.BYTES, first);
                    chunkAt += CHUNK_BYTES;
                }
            }
            if (chunkAt > 0) {
                memory.upload(table, host.asSlice(0, chunkAt));
            }
            return Math.toIntExact((chunkAt - (long) weights(op) * ENTRY_BYTES) / CHUNK_BYTES);
        }
    }

    /** As the kernels number them; those for float64 know its own alone. */
    private static int gradientType(Operand weight, Operand gradient) {
        DType dtype = gradient.dtype();
        if (dtype.isHalf() && weight.dtype() != DType.FLOAT32) {
            throw new IllegalArgumentException(
                    "[cuda] expected gradients of 16 bits for float32 weights alone; received " + gradient.spec()
                            + " for " + weight.spec() + ". Cast them with Ops.cast.");
        }
        return dtype == DType.BFLOAT16 ? 1 : dtype == DType.FLOAT16 ? 2 : 0;
    }

    private static void address(MemorySegment entry, long offset, Operand operand) {
        entry.set(ValueLayout.JAVA_LONG, offset, CudaBuffer.address(operand));
    }

    /** Where the kernel looks for a slot: those that an op lacks leave their place empty. */
    static int place(OptimizerOp op, int slot) {
        return switch (rule(op)) {
            case OptimizerOp.Sgd _, OptimizerOp.Adam _ -> slot;
            case OptimizerOp.RmsProp prop -> slot == 1 && !prop.hasMomentum() ? SLOTS - 1 : slot;
        };
    }

    private static OptimizerOp.Rule rule(OptimizerOp op) {
        return switch (op) {
            case OptimizerOp.Rule rule -> rule;
            case OptimizerOp.Guarded guarded -> guarded.rule();
        };
    }

    private void launch(OptimizerOp op, Operand[] inputs, long table, int chunks) {
        if (chunks == 0) {
            return;
        }
        OptimizerOp.Rule rule = rule(op);
        // A guarded step says first whether it is taken.
        int first = op.shared() - rule.shared();
        LaunchPacker launch = launcher.start(typed.get(rule.opName(), inputs[op.shared()].dtype()))
                .pointer(table)
                .pointer(table + (long) weights(op) * ENTRY_BYTES)
                .i32(chunks)
                .pointer(first == 0 ? 0 : CudaBuffer.address(inputs[0]))
                .pointer(inputs[first]);
        switch (rule) {
            case OptimizerOp.Sgd sgd -> launch.f64(sgd.momentum()).i32(sgd.nesterov() ? 1 : 0);
            case OptimizerOp.Adam adam ->
                launch.pointer(inputs[first + 1])
                        .f64(adam.beta1())
                        .f64(adam.beta2())
                        .f64(adam.epsilon())
                        .i32(adam.amsgrad() ? 1 : 0);
            case OptimizerOp.RmsProp prop ->
                launch.f64(prop.rho()).f64(prop.momentum()).f64(prop.epsilon()).i32(prop.centered() ? 1 : 0);
        }
        launch.overBlocks(chunks);
    }
}
