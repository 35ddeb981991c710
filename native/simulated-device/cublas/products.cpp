#include "products.h"

#include <algorithm>

#include "../driver/library_interface.h"
#include "operand_memory.h"
#include "product_types.h"

namespace lamina::sim {

namespace {

int check_shape(const ProductCall& call) {
    const MatrixProduct& p = call.product;
    if (!valid_transpose(call.transpose_a) || !valid_transpose(call.transpose_b)) {
        blas_problem(call.function, "transpose of A is %d and of B %d; 0, 1 or 2 are legal", call.transpose_a,
                     call.transpose_b);
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    if (p.m < 0 || p.n < 0 || p.k < 0 || p.batch < 0) {
        blas_problem(call.function, "m = %d, n = %d, k = %d, batch = %d: none may be negative", p.m, p.n, p.k, p.batch);
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    int rows_a = p.a.transposed ? p.k : p.m;
    int rows_b = p.b.transposed ? p.n : p.k;
    if (p.a.leading_dimension < std::max(1, rows_a) || p.b.leading_dimension < std::max(1, rows_b) ||
        p.c.leading_dimension < std::max(1, p.m)) {
        blas_problem(call.function,
                     "m = %d, n = %d, k = %d: the leading dimensions %ld, %ld, %ld must be at least %d, %d, %d", p.m,
                     p.n, p.k, p.a.leading_dimension, p.b.leading_dimension, p.c.leading_dimension,
                     std::max(1, rows_a), std::max(1, rows_b), std::max(1, p.m));
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    if (!types_supported(call.compute_type, p.a.type, p.b.type, p.c.type)) {
        blas_problem(call.function, "types %d, %d, %d with compute type %d are not supported", p.a.type, p.b.type,
                     p.c.type, call.compute_type);
        return CUBLAS_STATUS_NOT_SUPPORTED;
    }
    return CUBLAS_STATUS_SUCCESS;
}

int check_matrices(const ProductCall& call) {
    const MatrixProduct& p = call.product;
    Extent a(p.a, p.a.transposed ? p.k : p.m, p.a.transposed ? p.m : p.k, p.batch);
    Extent b(p.b, p.b.transposed ? p.n : p.k, p.b.transposed ? p.k : p.n, p.batch);
    Extent c(p.c, p.m, p.n, p.batch);
    int status = check_memory(call.function, "A", p.a, a);
    if (status == CUBLAS_STATUS_SUCCESS) {
        status = check_memory(call.function, "B", p.b, b);
    }
    if (status == CUBLAS_STATUS_SUCCESS) {
        status = check_memory(call.function, "C", p.c, c);
    }
    if (status == CUBLAS_STATUS_SUCCESS && p.batch > 1 && p.c.batch_stride == 0) {
        blas_problem(call.function, "all %d results of the batch go to the same matrix C (stride 0)", p.batch);
        status = CUBLAS_STATUS_INVALID_VALUE;
    }
    return status;
}

/** The real library does not look, and computes nonsense. Batches may interleave in memory, so only single products. */
void report_overlap(const ProductCall& call) {
    const MatrixProduct& p = call.product;
    Extent c(p.c, p.m, p.n, 1);
    bool simple = p.batch == 1 && p.c.leading_dimension == p.m;
    if (simple && (c.overlaps(Extent(p.a, p.a.transposed ? p.k : p.m, p.a.transposed ? p.m : p.k, 1)) ||
                   c.overlaps(Extent(p.b, p.b.transposed ? p.n : p.k, p.b.transposed ? p.k : p.n, 1)))) {
        blas_problem(call.function, "the result C overlaps A or B");
    }
}

struct QueuedProduct {
    ProductCall call;
    int scale; // type of alpha and beta
    const void* device_alpha = nullptr; // if set: alpha and beta are read when the product runs
    const void* device_beta = nullptr;
    double alpha = 0;
    double beta = 0;
};

int run_product(void* argument) {
    const auto& queued = *static_cast<const QueuedProduct*>(argument);
    if (check_matrices(queued.call) != CUBLAS_STATUS_SUCCESS) {
        return CUDA_ERROR_ILLEGAL_ADDRESS; // freed since the call
    }
    double alpha = queued.alpha;
    double beta = queued.beta;
    if (queued.device_alpha != nullptr) {
        uint64_t size = element_size(queued.scale);
        if (lamina_sim_library_check_range(uint64_t(queued.device_alpha), size, "alpha of a product") == 0 ||
            lamina_sim_library_check_range(uint64_t(queued.device_beta), size, "beta of a product") == 0) {
            return CUDA_ERROR_ILLEGAL_ADDRESS;
        }
        alpha = read_scalar(queued.device_alpha, queued.scale);
        beta = read_scalar(queued.device_beta, queued.scale);
    }
    multiply(queued.call.product, alpha, beta);
    return CUDA_SUCCESS;
}

void drop_product(void* argument) {
    delete static_cast<QueuedProduct*>(argument);
}

} // namespace

int submit_product(const ProductCall& original) {
    ProductCall call = original;
    call.product.a.transposed = call.transpose_a != CUBLAS_OP_N;
    call.product.b.transposed = call.transpose_b != CUBLAS_OP_N;
    call.product.tf32 = call.compute_type == CUBLAS_COMPUTE_32F_FAST_TF32;
    int status = check_shape(call);
    if (status != CUBLAS_STATUS_SUCCESS) {
        return status;
    }
    if (call.alpha == nullptr || call.beta == nullptr) {
        blas_problem(call.function, "alpha or beta is null");
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    if (call.product.m == 0 || call.product.n == 0 || call.product.batch == 0) {
        return CUBLAS_STATUS_SUCCESS;
    }
    status = check_matrices(call);
    if (status == CUBLAS_STATUS_SUCCESS) {
        status = check_workspace(call.function, call.handle->workspace, call.handle->workspace_bytes);
    }
    if (status != CUBLAS_STATUS_SUCCESS) {
        return status;
    }
    report_overlap(call);
    auto* queued = new QueuedProduct{call, scale_type(call.compute_type)};
    if (call.handle->pointer_mode == CUBLAS_POINTER_MODE_HOST) {
        queued->alpha = read_scalar(call.alpha, queued->scale);
        queued->beta = read_scalar(call.beta, queued->scale);
    } else {
        queued->device_alpha = call.alpha;
        queued->device_beta = call.beta;
    }
    int result = lamina_sim_library_submit(call.handle->stream, call.function, run_product, drop_product, queued);
    return result == CUDA_SUCCESS ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_EXECUTION_FAILED;
}

} // namespace lamina::sim
