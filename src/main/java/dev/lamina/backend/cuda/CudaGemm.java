package dev.lamina.backend.cuda;

/**
 * A batch of matrix products {@code C = op(A) op(B)}, row-major: {@code op(A)} is {@code (m, k)}, {@code op(B)} is
 * {@code (k, n)}. A side that is transposed is stored as {@code (k, m)} or {@code (n, k)}. {@code lda}, {@code ldb} and
 * {@code ldc} are the distances between rows as stored, the strides those between the matrices of the batch, all in
 * elements.
 *
 * @param accumulate whether the product is added to what is in C
 */
record CudaGemm(
        boolean transposeA,
        boolean transposeB,
        int m,
        int n,
        int k,
        int lda,
        int ldb,
        int ldc,
        boolean accumulate,
        int batch,
        long strideA,
        long strideB,
        long strideC) {

    /** One product of dense matrices. */
    static CudaGemm dense(boolean transposeA, boolean transposeB, int m, int n, int k) {
        return new CudaGemm(
                transposeA, transposeB, m, n, k, transposeA ? m : k, transposeB ? k : n, n, false, 1, 0, 0, 0);
    }

    CudaGemm batched(int count, long strideOfA, long strideOfB, long strideOfC) {
        return new CudaGemm(
                transposeA, transposeB, m, n, k, lda, ldb, ldc, accumulate, count, strideOfA, strideOfB, strideOfC);
    }

    CudaGemm withRowDistances(int ofA, int ofB, int ofC) {
        return new CudaGemm(
                transposeA, transposeB, m, n, k, ofA, ofB, ofC, accumulate, batch, strideA, strideB, strideC);
    }

    CudaGemm accumulating(boolean add) {
        return new CudaGemm(transposeA, transposeB, m, n, k, lda, ldb, ldc, add, batch, strideA, strideB, strideC);
    }

    /** For messages. */
    @Override
    public String toString() {
        return "m " + m + " n " + n + " k " + k + (batch == 1 ? "" : " batch " + batch);
    }
}
