package dev.lamina.backend.cuda;

import dev.lamina.tensor.DType;
import jcuda.cudaDataType;

/**
 * What an algorithm of cublasLt is chosen for.
 *
 * @param gemm one product, row-major, that is not added to what is there
 * @param dtype of all matrices and of the bias
 * @param computeType {@code CUBLAS_COMPUTE_...}: what products are added up in
 * @param alignment in bytes, a power of two that divides the address of each matrix and of the bias
 */
record LtProblem(CudaGemm gemm, DType dtype, int computeType, LtEpilogue epilogue, int alignment) {
    /** More is promised to nobody: what allocations have. */
    static final int ALIGNMENT = 256;

    /** A product whose matrices begin at multiples of {@link #ALIGNMENT}, computed as {@link CudaBlas} does. */
    static LtProblem of(CudaGemm gemm, DType dtype, LtEpilogue epilogue) {
        return new LtProblem(gemm, dtype, CudaBlas.computeType(dtype), epilogue, ALIGNMENT);
    }

    /** The same for matrices at these addresses. */
    LtProblem at(long a, long b, long d, long bias) {
        long bits = a | b | d | bias | ALIGNMENT;
        return new LtProblem(gemm, dtype, computeType, epilogue, (int) Long.lowestOneBit(bits));
    }

    /** Whether Lamina asks cublasLt for such products at all. */
    boolean isWanted() {
        return !isSlow()
                && dtype.isFloating()
                && dtype != DType.FLOAT64
                && gemm.batch() == 1
                && gemm.m() > 0
                && gemm.n() > 0
                && gemm.k() > 0;
    }

    /**
     * In 16 bits with rows that are no multiples of 16 bytes, the bias's gradient took an H200 2.6 times as long as the
     * product alone (docs/gpu/2026-11-27-h200/cublas.txt): longer than a sum by itself.
     */
    private boolean isSlow() {
        return epilogue == LtEpilogue.BIAS_GRADIENT
                && dtype.bytes() == Short.BYTES
                && (gemm.lda() | gemm.ldb() | gemm.ldc()) % 8 != 0;
    }

    int dataType() {
        return switch (dtype) {
            case FLOAT32 -> cudaDataType.CUDA_R_32F;
            case BFLOAT16 -> cudaDataType.CUDA_R_16BF;
            case FLOAT16 -> cudaDataType.CUDA_R_16F;
            case FLOAT64, INT32, INT64, UINT8, BOOL ->
                throw new IllegalArgumentException("[cuda] expected a type that cublasLt has epilogues for; received "
                        + dtype + ". This is a bug in Lamina.");
        };
    }

    /** For messages. */
    @Override
    public String toString() {
        return dtype + " matrices with " + epilogue + ", " + gemm + ", aligned to " + alignment + " bytes";
    }
}
