package dev.lamina.backend.cuda;

import dev.lamina.backend.Composite;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;

/**
 * Linear layers forward and the gradients of their weights: one launch each, by cublasLt or, where they are small, by a
 * kernel of our own. Where neither serves, the product is cuBLAS's and the rest a launch of its own, in place.
 */
final class CudaLinear {
    private final CudaLauncher launcher;
    private final CudaLt lt;
    private final CudaMatrix matrix;
    private final CudaReduction reduction;
    private final CudaNarrow narrow;
    private final Composite composite;

    CudaLinear(CudaLauncher launcher, CudaLt lt, CudaMatrix matrix, CudaReduction reduction, Composite composite) {
        this.launcher = launcher;
        this.lt = lt;
        this.matrix = matrix;
        this.reduction = reduction;
        this.narrow = new CudaNarrow(launcher);
        this.composite = composite;
    }

    /** Whether it is one launch. */
    boolean fuses(FusedOp.Linear op, List<TensorSpec> inputs) {
        DType dtype = inputs.get(0).dtype();
        Optional<CudaGemm> gemm = gemm(op, inputs.get(0).shape(), inputs.get(1).shape());
        return epilogue(op)
                .filter(epilogue -> gemm.filter(
                                of -> isNarrow(of, dtype) || lt.serves(LtProblem.of(of, dtype, epilogue)))
                        .isPresent())
                .isPresent();
    }

    boolean fuses(FusedOp.LinearBackward op, List<TensorSpec> inputs) {
        return lt.serves(problem(op, inputs.get(0), inputs.get(1)));
    }

    private static boolean isNarrow(CudaGemm gemm, DType dtype) {
        return !gemm.transposeA() && CudaNarrow.fits(dtype, gemm.m(), gemm.n(), gemm.k());
    }

    /** The bias, with nothing or relu after it; the rest is not cublasLt's. */
    private static Optional<LtEpilogue> epilogue(FusedOp.Linear op) {
        if (op.activation().isEmpty()) {
            return Optional.of(LtEpilogue.BIAS);
        }
        return op.activation().equals(Optional.of(UnaryOp.RELU)) ? Optional.of(LtEpilogue.RELU_BIAS) : Optional.empty();
    }

    /** The op as one product of matrices, leading axes being rows; empty if it is several. */
    private static Optional<CudaGemm> gemm(FusedOp.Linear op, Shape a, Shape b) {
        int k = a.size(op.transposeA() ? -2 : -1);
        int n = b.size(op.transposeB() ? -2 : -1);
        long rows = op.transposeA() ? a.size(-1) : a.elements(0, a.rank() - 1);
        boolean several = op.transposeA() && a.rank() > 2;
        return several || rows > Integer.MAX_VALUE
                ? Optional.empty()
                : Optional.of(CudaGemm.dense(op.transposeA(), op.transposeB(), (int) rows, n, k));
    }

    private static LtProblem problem(FusedOp.LinearBackward op, TensorSpec x, TensorSpec dy) {
        CudaGemm gemm = CudaGemm.dense(
                op.product().transposeA(),
                op.product().transposeB(),
                x.shape().size(-1),
                dy.shape().size(-1),
                dy.shape().size(0));
        return LtProblem.of(gemm, dy.dtype(), LtEpilogue.BIAS_GRADIENT);
    }

    long workspaceBytes(FusedOp.Linear op, List<TensorSpec> inputs) {
        TensorSpec y = op.infer(inputs).get(0);
        return chain(op, y, inputs.get(2)).isPresent()
                ? 0
                : composite.workspaceBytes(op, inputs).orElseThrow();
    }

    long workspaceBytes(FusedOp.LinearBackward op, List<TensorSpec> inputs) {
        return reduction.workspaceBytes(op.sum(), inputs.subList(1, 2));
    }

    /** What follows the product, in place, as one launch. */
    private static Optional<CudaChain> chain(FusedOp.Linear op, TensorSpec y, TensorSpec bias) {
        return CudaChain.of(op.epilogue(y), List.of(y, bias));
    }

    void run(FusedOp.Linear op, Operand[] inputs, Operand[] outputs, Operand workspace) {
        Operand a = inputs[0];
        Operand b = inputs[1];
        Operand bias = inputs[2];
        Operand y = outputs[0];
        if (y.bytes() == 0 || isOneLaunch(op, a, b, bias, y)) {
            return;
        }
        Optional<CudaChain> rest = chain(op, y.spec(), bias.spec());
        if (rest.isEmpty()) {
            composite.run(op, inputs, outputs, workspace);
            return;
        }
        matrix.run(op.product(), new Operand[] {a, b}, outputs);
        launcher.chain(rest.get(), new Operand[] {y, bias}, outputs);
    }

    /** Issues the op if one launch is enough for it. */
    private boolean isOneLaunch(FusedOp.Linear op, Operand a, Operand b, Operand bias, Operand y) {
        Optional<LtEpilogue> epilogue = epilogue(op);
        Optional<CudaGemm> gemm = gemm(op, a.shape(), b.shape());
        if (epilogue.isEmpty() || gemm.isEmpty()) {
            return false;
        }
        if (isNarrow(gemm.get(), y.dtype())) {
            boolean relu = epilogue.get() == LtEpilogue.RELU_BIAS;
            narrow.multiply(a, b, op.transposeB(), CudaBuffer.address(bias), relu, y);
            return true;
        }
        return lt.run(LtProblem.of(gemm.get(), y.dtype(), epilogue.get()), operands(a, b, y, bias));
    }

    void run(FusedOp.LinearBackward op, Operand[] inputs, Operand[] outputs, Operand workspace) {
        Operand x = inputs[0];
        Operand dy = inputs[1];
        if (!lt.run(problem(op, x.spec(), dy.spec()), operands(x, dy, outputs[0], outputs[1]))) {
            matrix.run(op.product(), inputs, new Operand[] {outputs[0]});
            reduction.run(op.sum(), new Operand[] {dy}, new Operand[] {outputs[1]}, workspace);
        }
    }

    private static LtOperands operands(Operand a, Operand b, Operand c, Operand bias) {
        return new LtOperands(
                CudaBuffer.address(a), CudaBuffer.address(b), CudaBuffer.address(c), CudaBuffer.address(bias));
    }
}
