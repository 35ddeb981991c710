// Matrix products and matrix-vector products. All are the strided, batched, typed product underneath.
#include "../driver/library_interface.h"
#include "products.h"

using namespace lamina::sim;

BLAS_API cublasGemmStridedBatchedEx(BlasHandle* handle, int transpose_a, int transpose_b, int m, int n, int k,
                                    const void* alpha, void* a, int type_a, int lda, long long stride_a, void* b,
                                    int type_b, int ldb, long long stride_b, const void* beta, void* c, int type_c,
                                    int ldc, long long stride_c, int batch, int compute_type, int) {
    ENTER_BLAS(handle);
    MatrixProduct product{m, n, k, {a, type_a, lda, stride_a}, {b, type_b, ldb, stride_b}, {c, type_c, ldc, stride_c},
                          batch};
    return submit_product({handle, __func__, transpose_a, transpose_b, product, compute_type, alpha, beta});
}

BLAS_API cublasGemmEx(BlasHandle* handle, int transpose_a, int transpose_b, int m, int n, int k, const void* alpha,
                      void* a, int type_a, int lda, void* b, int type_b, int ldb, const void* beta, void* c, int type_c,
                      int ldc, int compute_type, int) {
    ENTER_BLAS(handle);
    MatrixProduct product{m, n, k, {a, type_a, lda, 0}, {b, type_b, ldb, 0}, {c, type_c, ldc, 0}, 1};
    return submit_product({handle, __func__, transpose_a, transpose_b, product, compute_type, alpha, beta});
}

#define PRODUCT_OF(name, batched_name, type, type_code, compute_type)                                                  \
    BLAS_API name(BlasHandle* handle, int transpose_a, int transpose_b, int m, int n, int k, const type* alpha,        \
                  type* a, int lda, type* b, int ldb, const type* beta, type* c, int ldc) {                            \
        ENTER_BLAS(handle);                                                                                            \
        MatrixProduct product{m, n, k, {a, type_code, lda, 0}, {b, type_code, ldb, 0}, {c, type_code, ldc, 0}, 1};     \
        return submit_product({handle, __func__, transpose_a, transpose_b, product, compute_type, alpha, beta});       \
    }                                                                                                                  \
    BLAS_API batched_name(BlasHandle* handle, int transpose_a, int transpose_b, int m, int n, int k,                   \
                          const type* alpha, type* a, int lda, long long stride_a, type* b, int ldb,                   \
                          long long stride_b, const type* beta, type* c, int ldc, long long stride_c, int batch) {     \
        ENTER_BLAS(handle);                                                                                            \
        MatrixProduct product{m, n, k, {a, type_code, lda, stride_a}, {b, type_code, ldb, stride_b},                   \
                              {c, type_code, ldc, stride_c}, batch};                                                   \
        return submit_product({handle, __func__, transpose_a, transpose_b, product, compute_type, alpha, beta});       \
    }

PRODUCT_OF(cublasSgemm_v2, cublasSgemmStridedBatched, float, CUDA_R_32F, CUBLAS_COMPUTE_32F)
PRODUCT_OF(cublasDgemm_v2, cublasDgemmStridedBatched, double, CUDA_R_64F, CUBLAS_COMPUTE_64F)

// y = alpha * op(A) * x + beta * y. With a distance between elements of y it is a product with row vectors: y is a
// matrix of one row, whose leading dimension is that distance, y' = x' * op(A)'.
static int matrix_vector(BlasHandle* handle, const char* function, int transpose, int m, int n, const void* alpha,
                         void* a, int lda, void* x, int increment_x, const void* beta, void* y, int increment_y,
                         int type, int compute_type) {
    if (increment_x <= 0 || increment_y <= 0) {
        blas_problem(function, "increments %d and %d: the stand-in supports positive ones only", increment_x,
                     increment_y);
        return increment_x == 0 || increment_y == 0 ? CUBLAS_STATUS_INVALID_VALUE : CUBLAS_STATUS_NOT_SUPPORTED;
    }
    if (m < 0 || n < 0 || lda < m || lda < 1) {
        blas_problem(function, "m = %d, n = %d, leading dimension %d", m, n, lda);
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    int rows = transpose == CUBLAS_OP_N ? m : n;
    int inner = transpose == CUBLAS_OP_N ? n : m;
    int transpose_matrix = transpose == CUBLAS_OP_N ? CUBLAS_OP_T : CUBLAS_OP_N;
    MatrixProduct product{1, rows, inner, {x, type, increment_x, 0}, {a, type, lda, 0}, {y, type, increment_y, 0}, 1};
    return submit_product({handle, function, CUBLAS_OP_N, transpose_matrix, product, compute_type, alpha, beta});
}

BLAS_API cublasSgemv_v2(BlasHandle* handle, int transpose, int m, int n, const float* alpha, float* a, int lda,
                        float* x, int increment_x, const float* beta, float* y, int increment_y) {
    ENTER_BLAS(handle);
    return matrix_vector(handle, __func__, transpose, m, n, alpha, a, lda, x, increment_x, beta, y, increment_y,
                         CUDA_R_32F, CUBLAS_COMPUTE_32F);
}

BLAS_API cublasDgemv_v2(BlasHandle* handle, int transpose, int m, int n, const double* alpha, double* a, int lda,
                        double* x, int increment_x, const double* beta, double* y, int increment_y) {
    ENTER_BLAS(handle);
    return matrix_vector(handle, __func__, transpose, m, n, alpha, a, lda, x, increment_x, beta, y, increment_y,
                         CUDA_R_64F, CUBLAS_COMPUTE_64F);
}
