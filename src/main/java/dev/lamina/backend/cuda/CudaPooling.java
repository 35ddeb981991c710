package dev.lamina.backend.cuda;

import dev.lamina.ops.PoolingOp;
import dev.lamina.tensor.Operand;

/**
 * Max pooling, one launch each way; backwards each element gathers from the windows that hold it, so nothing is added
 * at random.
 */
final class CudaPooling {
    private final CudaLauncher launcher;
    private final KernelTable<String> typed;

    CudaPooling(CudaLauncher launcher) {
        this.launcher = launcher;
        this.typed = KernelTable.typed(launcher.library());
    }

    void run(PoolingOp op, Operand[] in, Operand[] out) {
        Operand x = in[0];
        CudaKernel kernel = switch (op) {
            case PoolingOp.MaxPool2D _ -> typed.get("max_pool2d", x.dtype());
            case PoolingOp.MaxPool2DBackward _ -> typed.get("max_pool2d_backward", x.dtype());
        };
        long elements = out[0].shape().elements();
        LaunchPacker launch = launcher.start(kernel);
        for (Operand input : in) {
            launch.pointer(input);
        }
        launch.pointer(out[0])
                .window(CudaWindow.of(op.window(), x.shape(), 1))
                .i64(elements)
                .overElements(elements);
    }
}
