package dev.lamina.backend.cuda;

import dev.lamina.ops.PoolingOp;
import dev.lamina.ops.WindowFrame;
import dev.lamina.tensor.Operand;

/**
 * Pooling, one launch each way; backwards each element gathers from the windows that hold it, so nothing is added at
 * random.
 */
final class CudaPooling {
    private final CudaLauncher launcher;
    private final KernelTable<String> typed;

    CudaPooling(CudaLauncher launcher) {
        this.launcher = launcher;
        this.typed = KernelTable.typed(launcher.library());
    }

    void run(PoolingOp op, Operand[] in, Operand[] out) {
        WindowFrame frame = switch (op) {
            case PoolingOp.MaxPool _, PoolingOp.MaxPoolBackward _, PoolingOp.AveragePool _ ->
                op.window().over(in[0].shape());
            case PoolingOp.AveragePoolBackward back -> op.window().over(back.target());
        };
        long elements = out[0].shape().elements();
        LaunchPacker launch = launcher.start(typed.get(op.opName(), out[0].dtype()));
        for (Operand input : in) {
            launch.pointer(input);
        }
        launch.pointer(out[0]).window(new CudaWindow(frame, 1)).i64(elements).overElements(elements);
    }
}
