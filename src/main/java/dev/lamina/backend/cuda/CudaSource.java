package dev.lamina.backend.cuda;

import dev.lamina.ops.SourceOp;
import dev.lamina.tensor.Operand;

/** Ops without inputs. */
final class CudaSource {
    private final CudaLauncher launcher;
    private final KernelTable<String> typed;

    CudaSource(CudaLauncher launcher) {
        this.launcher = launcher;
        this.typed = KernelTable.typed(launcher.library());
    }

    void run(SourceOp op, Operand[] out) {
        switch (op) {
            case SourceOp.Fill fill -> launcher.fill(out[0], fill.value());
            case SourceOp.Range range ->
                launcher.start(typed.get("range", range.dtype()))
                        .pointer(out[0])
                        .i64(range.count())
                        .i64(range.start())
                        .overElements(range.count());
        }
    }
}
