package dev.lamina.backend.cuda;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import java.util.List;

/**
 * Products so small that starting cuBLAS's kernels takes longer than computing them, by kernels of our own, which also
 * do what comes before or after: those with few columns, and those with short sums. All are float32.
 */
final class CudaSmallProducts {
    private static final String NARROW = "narrow_product_f32";
    private static final String NARROW_BACKWARD = "narrow_product_backward_f32";
    private static final String SHALLOW = "shallow_product_f32";

    static final List<String> KERNELS = List.of(NARROW, NARROW_BACKWARD, SHALLOW);

    /** The most columns, and the most terms of a sum, that the kernels hold in registers. */
    private static final int MOST = 16;

    private static final long PRODUCTS = 1 << 20;

    /** Up to so many rows a column is summed in one go. */
    private static final long ROWS = 512;

    /** The rows of a kernel's gradient that a block takes. */
    private static final int WARP = 32;

    private final CudaLauncher launcher;

    CudaSmallProducts(CudaLauncher launcher) {
        this.launcher = launcher;
    }

    private static boolean isSmall(CudaGemm gemm, DType dtype) {
        return dtype == DType.FLOAT32
                && gemm.batch() == 1
                && gemm.k() > 0
                && (long) gemm.m() * gemm.n() * gemm.k() <= PRODUCTS;
    }

    /** Whether a product, the left side as it is, has few columns. */
    static boolean isNarrow(CudaGemm gemm, DType dtype) {
        return isSmall(gemm, dtype) && !gemm.transposeA() && gemm.n() <= MOST;
    }

    /** Whether a product, the left side as it is, has more columns and short sums. */
    static boolean isShallow(CudaGemm gemm, DType dtype) {
        return isSmall(gemm, dtype) && !gemm.transposeA() && gemm.n() > MOST && gemm.k() <= MOST;
    }

    /** Whether a product, the left side alone transposed, has few columns: the gradient of a narrow layer's kernel. */
    static boolean isNarrowBackward(CudaGemm gemm, DType dtype) {
        return isSmall(gemm, dtype) && gemm.transposeA() && !gemm.transposeB() && gemm.n() <= MOST && gemm.k() <= ROWS;
    }

    /** Computes the product if it is a small one. */
    boolean multiply(CudaGemm gemm, Operand a, Operand b, Operand y) {
        if (isNarrow(gemm, y.dtype())) {
            narrow(gemm, a, b, 0, false, y);
        } else if (isShallow(gemm, y.dtype())) {
            shallow(gemm, a, b, 0, y);
        } else if (isNarrowBackward(gemm, y.dtype())) {
            narrowBackward(gemm, a, b, y, 0);
        } else {
            return false;
        }
        return true;
    }

    /**
     * {@code y = x w}, which is {@linkplain #isNarrow narrow}.
     *
     * @param bias the address of one number a column to be added, or 0
     * @param relu whether {@code max(0, y)} follows
     */
    void narrow(CudaGemm gemm, Operand x, Operand w, long bias, boolean relu, Operand y) {
        product(NARROW, gemm, x, w, bias, y).i32(relu ? 1 : 0).overBlocks(gemm.m());
    }

    /**
     * {@code y = x w}, which is {@linkplain #isShallow shallow}.
     *
     * @param saved the address of numbers of y's shape, where 0 or less makes y 0, or 0
     */
    void shallow(CudaGemm gemm, Operand x, Operand w, long saved, Operand y) {
        product(SHALLOW, gemm, x, w, saved, y).overBlocks(gemm.m());
    }

    /**
     * What both kernels are told; {@code w} by the distances between its elements along the sum and along a row of y.
     */
    private LaunchPacker product(String kernel, CudaGemm gemm, Operand x, Operand w, long more, Operand y) {
        return launcher.start(launcher.library().kernel(kernel))
                .pointer(x)
                .pointer(w)
                .pointer(more)
                .pointer(y)
                .i64(gemm.m())
                .i32(gemm.n())
                .i32(gemm.k())
                .i32(gemm.transposeB() ? 1 : gemm.n())
                .i32(gemm.transposeB() ? gemm.k() : 1);
    }

    /**
     * {@code dw = transpose(x) dy}, which is {@linkplain #isNarrowBackward narrow}.
     *
     * @param db the address that the sums of dy's columns go to, or 0
     */
    void narrowBackward(CudaGemm gemm, Operand x, Operand dy, Operand dw, long db) {
        launcher.start(launcher.library().kernel(NARROW_BACKWARD))
                .pointer(x)
                .pointer(dy)
                .pointer(dw)
                .pointer(db)
                .i64(gemm.k())
                .i32(gemm.m())
                .i32(gemm.n())
                .overBlocks(Math.ceilDiv(gemm.m(), WARP) + (db == 0 ? 0 : 1));
    }
}
