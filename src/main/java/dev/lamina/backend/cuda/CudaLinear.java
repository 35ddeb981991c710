package dev.lamina.backend.cuda;

import dev.lamina.backend.Composite;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.UnaryBackwardOp;
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
    private final CudaElementwise elementwise;
    private final CudaSmallProducts small;
    private final Composite composite;

    CudaLinear(
            CudaLauncher launcher,
            CudaLt lt,
            CudaMatrix matrix,
            CudaReduction reduction,
            CudaElementwise elementwise,
            Composite composite) {
        this.launcher = launcher;
        this.lt = lt;
        this.matrix = matrix;
        this.reduction = reduction;
        this.elementwise = elementwise;
        this.small = new CudaSmallProducts(launcher);
        this.composite = composite;
    }

    /** Whether it is one launch. */
    boolean fuses(FusedOp.Linear op, List<TensorSpec> inputs) {
        DType dtype = inputs.get(0).dtype();
        Optional<CudaGemm> gemm = gemm(
                op.transposeA(),
                op.transposeB(),
                inputs.get(0).shape(),
                inputs.get(1).shape());
        return epilogue(op)
                .filter(epilogue ->
                        gemm.filter(of -> isOneLaunch(of, dtype, epilogue)).isPresent())
                .isPresent();
    }

    /**
     * The kernel for narrow products knows no gelu, and cublasLt takes longer than that kernel and a launch for gelu.
     */
    private boolean isOneLaunch(CudaGemm gemm, DType dtype, LtEpilogue epilogue) {
        return CudaSmallProducts.isNarrow(gemm, dtype)
                ? epilogue != LtEpilogue.GELU_BIAS
                : lt.serves(LtProblem.of(gemm, dtype, epilogue));
    }

    boolean fuses(FusedOp.LinearBackward op, List<TensorSpec> inputs) {
        TensorSpec dy = inputs.get(1);
        CudaGemm gemm = gemm(inputs.get(0), dy);
        return CudaSmallProducts.isNarrowBackward(gemm, dy.dtype()) || lt.serves(gradient(gemm, dy));
    }

    /** cublasLt would want a mask of bits from the forward pass, and an H200 loses by it. */
    boolean fuses(FusedOp.GatedProduct op, List<TensorSpec> inputs) {
        return gemm(
                        op.transposeA(),
                        op.transposeB(),
                        inputs.get(0).shape(),
                        inputs.get(1).shape())
                .filter(gemm -> CudaSmallProducts.isShallow(gemm, inputs.get(0).dtype()))
                .isPresent();
    }

    /** The bias, with nothing, relu or gelu by tanh after it; the rest is not cublasLt's. */
    private static Optional<LtEpilogue> epilogue(FusedOp.Linear op) {
        if (op.activation().isEmpty()) {
            return Optional.of(LtEpilogue.BIAS);
        }
        UnaryOp activation = op.activation().get();
        if (activation == UnaryOp.RELU) {
            return Optional.of(LtEpilogue.RELU_BIAS);
        }
        return activation == UnaryOp.GELU_TANH ? Optional.of(LtEpilogue.GELU_BIAS) : Optional.empty();
    }

    /** A product with one matrix on the right, leading axes being rows; empty if it is several products. */
    private static Optional<CudaGemm> gemm(boolean transposeA, boolean transposeB, Shape a, Shape b) {
        int k = a.size(transposeA ? -2 : -1);
        int n = b.size(transposeB ? -2 : -1);
        long rows = transposeA ? a.size(-1) : a.elements(0, a.rank() - 1);
        boolean several = transposeA && a.rank() > 2 || b.rank() > 2;
        return several || rows > Integer.MAX_VALUE
                ? Optional.empty()
                : Optional.of(CudaGemm.dense(transposeA, transposeB, (int) rows, n, k));
    }

    /** The gradient of a kernel: {@code transpose(x) dy}. */
    private static CudaGemm gemm(TensorSpec x, TensorSpec dy) {
        return CudaGemm.dense(
                true, false, x.shape().size(-1), dy.shape().size(-1), dy.shape().size(0));
    }

    private static LtProblem gradient(CudaGemm gemm, TensorSpec dy) {
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
        Optional<CudaGemm> gemm = gemm(op.transposeA(), op.transposeB(), a.shape(), b.shape());
        if (epilogue.isEmpty() || gemm.isEmpty()) {
            return false;
        }
        if (CudaSmallProducts.isNarrow(gemm.get(), y.dtype())) {
            if (epilogue.get() == LtEpilogue.GELU_BIAS) {
                return false;
            }
            boolean relu = epilogue.get() == LtEpilogue.RELU_BIAS;
            small.narrow(gemm.get(), a, b, CudaBuffer.address(bias), relu, y);
            return true;
        }
        return lt.run(LtProblem.of(gemm.get(), y.dtype(), epilogue.get()), operands(a, b, y, bias));
    }

    void run(FusedOp.LinearBackward op, Operand[] inputs, Operand[] outputs, Operand workspace) {
        Operand x = inputs[0];
        Operand dy = inputs[1];
        CudaGemm gemm = gemm(x.spec(), dy.spec());
        if (outputs[0].bytes() > 0 && CudaSmallProducts.isNarrowBackward(gemm, dy.dtype())) {
            small.narrowBackward(gemm, x, dy, outputs[0], CudaBuffer.address(outputs[1]));
        } else if (!lt.run(gradient(gemm, dy.spec()), operands(x, dy, outputs[0], outputs[1]))) {
            matrix.run(op.product(), inputs, new Operand[] {outputs[0]});
            reduction.run(op.sum(), new Operand[] {dy}, new Operand[] {outputs[1]}, workspace);
        }
    }

    void run(FusedOp.GatedProduct op, Operand[] inputs, Operand[] outputs) {
        Operand a = inputs[0];
        Operand b = inputs[1];
        Operand saved = inputs[2];
        Operand y = outputs[0];
        Optional<CudaGemm> gemm = gemm(op.transposeA(), op.transposeB(), a.shape(), b.shape())
                .filter(of -> y.bytes() > 0 && CudaSmallProducts.isShallow(of, y.dtype()));
        if (gemm.isPresent()) {
            small.shallow(gemm.get(), a, b, CudaBuffer.address(saved), y);
        } else {
            matrix.run(op.product(), new Operand[] {a, b}, outputs);
            elementwise.run(UnaryBackwardOp.RELU_BACKWARD, new Operand[] {saved, y}, outputs);
        }
    }

    private static LtOperands operands(Operand a, Operand b, Operand c, Operand bias) {
        return new LtOperands(
                CudaBuffer.address(a), CudaBuffer.address(b), CudaBuffer.address(c), CudaBuffer.address(bias));
    }
}
