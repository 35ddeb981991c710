package dev.lamina.backend.cpu;

/**
 * One matrix product {@code C = op(A) op(B) + beta C}, row-major: {@code op(A)} is {@code (m, k)}, {@code op(B)} is
 * {@code (k, n)}. A side that is transposed is stored as {@code (k, m)} or {@code (n, k)}. {@code lda}, {@code ldb} and
 * {@code ldc} are the distances between rows as stored, in elements.
 *
 * @param beta 0 (what is in C is not read) or 1
 */
record GemmCall(boolean transposeA, boolean transposeB, int m, int n, int k, int lda, int ldb, float beta, int ldc) {

    /** The product of dense matrices, C being overwritten. */
    static GemmCall dense(boolean transposeA, boolean transposeB, int m, int n, int k) {
        return new GemmCall(transposeA, transposeB, m, n, k, transposeA ? m : k, transposeB ? k : n, 0, n);
    }

    /** The same for other numbers of rows and columns. */
    GemmCall part(int rows, int columns) {
        return new GemmCall(transposeA, transposeB, rows, columns, k, lda, ldb, beta, ldc);
    }

    /** Where row {@code i} of {@code op(A)} begins. */
    long rowOfA(long i) {
        return transposeA ? i : i * lda;
    }

    /** Where column {@code j} of {@code op(B)} begins. */
    long columnOfB(long j) {
        return transposeB ? j * ldb : j;
    }

    double flops() {
        return 2.0 * m * n * k;
    }
}
