package dev.lamina.backend.cuda;

import dev.lamina.ops.RandomOp;
import dev.lamina.tensor.Operand;

/** Random numbers; the state is read on the device. */
final class CudaRandom {
    private final CudaLauncher launcher;
    private final KernelTable<String> typed;

    CudaRandom(CudaLauncher launcher) {
        this.launcher = launcher;
        this.typed = KernelTable.typed(launcher.library());
    }

    void run(RandomOp op, Operand[] in, Operand[] out) {
        CudaKernel kernel = switch (op) {
            case RandomOp.Uniform uniform -> typed.get("random_uniform", uniform.dtype());
            case RandomOp.Normal normal -> typed.get("random_normal", normal.dtype());
        };
        long elements = out[0].shape().elements();
        launcher.start(kernel).pointer(in[0]).pointer(out[0]).i64(elements).overElements(elements);
    }
}
