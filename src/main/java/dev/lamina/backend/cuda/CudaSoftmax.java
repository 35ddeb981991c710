package dev.lamina.backend.cuda;

import dev.lamina.ops.SoftmaxOp;
import dev.lamina.tensor.Operand;

/** Softmax and cross-entropy over the last axis: one launch each, a warp or a block for a row. */
final class CudaSoftmax {
    private final CudaLauncher launcher;
    private final KernelTable<String> typed;
    private final KernelTable<String> labelled;

    CudaSoftmax(CudaLauncher launcher) {
        this.launcher = launcher;
        KernelLibrary library = launcher.library();
        typed = KernelTable.typed(library);
        labelled = KernelTable.twiceTyped(library);
    }

    void run(SoftmaxOp op, Operand[] in, Operand[] out) {
        Operand x = in[0];
        CudaKernel kernel = switch (op) {
            case SoftmaxOp.Softmax _ -> typed.get("softmax_rows", x.dtype());
            case SoftmaxOp.LogSoftmax _ -> typed.get("log_softmax_rows", x.dtype());
            case SoftmaxOp.SoftmaxBackward _ -> typed.get("softmax_backward_rows", x.dtype());
            case SoftmaxOp.SparseCrossEntropy _ ->
                labelled.get("sparse_softmax_cross_entropy_rows", x.dtype(), in[1].dtype());
            case SoftmaxOp.SparseCrossEntropyBackward _ ->
                labelled.get("sparse_softmax_cross_entropy_backward_rows", x.dtype(), in[1].dtype());
            case SoftmaxOp.CrossEntropy _ -> typed.get("softmax_cross_entropy_rows", x.dtype());
            case SoftmaxOp.CrossEntropyBackward _ -> typed.get("softmax_cross_entropy_backward_rows", x.dtype());
        };
        long columns = x.shape().size(-1);
        long rows = x.shape().elements(0, x.shape().rank() - 1);
        LaunchPacker launch = launcher.start(kernel);
        for (Operand input : in) {
            launch.pointer(input);
        }
        for (Operand output : out) {
            launch.pointer(output);
        }
        launch.i64(rows).i64(columns).overRows(rows, columns);
    }
}
