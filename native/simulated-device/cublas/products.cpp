#include "products.h"

#include <algorithm>
#include <string>

#include "../driver/library_interface.h"
#include "simulated_cuda/half.h"

namespace lamina::sim {

namespace {

/** The type of alpha and beta. */
int scale_type(int compute_type) {
    switch (compute_type) {
    case CUBLAS_COMPUTE_64F:
    case CUBLAS_COMPUTE_64F_PEDANTIC:
        return CUDA_R_64F;
    case CUBLAS_COMPUTE_16F:
    case CUBLAS_COMPUTE_16F_PEDANTIC:
        return CUDA_R_16F;
    default:
        return CUDA_R_32F;
    }
}

/** The combinations of the table in cuBLAS's documentation of cublasGemmEx, real floating-point types only. */
bool types_supported(int compute_type, int a, int b, int c) {
    if (a != b) {
        return false;
    }
    switch (compute_type) {
    case CUBLAS_COMPUTE_16F:
    case CUBLAS_COMPUTE_16F_PEDANTIC:
        return a == CUDA_R_16F && c == CUDA_R_16F;
    case CUBLAS_COMPUTE_32F:
    case CUBLAS_COMPUTE_32F_PEDANTIC:
        return (a == CUDA_R_32F && c == CUDA_R_32F) ||
               ((a == CUDA_R_16F || a == CUDA_R_16BF) && (c == a || c == CUDA_R_32F));
    case CUBLAS_COMPUTE_32F_FAST_16F:
    case CUBLAS_COMPUTE_32F_FAST_16BF:
    case CUBLAS_COMPUTE_32F_FAST_TF32:
        return a == CUDA_R_32F && c == CUDA_R_32F;
    case CUBLAS_COMPUTE_64F:
    case CUBLAS_COMPUTE_64F_PEDANTIC:
        return a == CUDA_R_64F && c == CUDA_R_64F;
    default:
        return false;
    }
}

double read_scalar(const void* address, int type) {
    switch (type) {
    case CUDA_R_64F:
        return *static_cast<const double*>(address);
    case CUDA_R_16F:
        return half_to_float(*static_cast<const uint16_t*>(address));
    default:
        return *static_cast<const float*>(address);
    }
}

bool valid_transpose(int operation) {
    return operation == CUBLAS_OP_N || operation == CUBLAS_OP_T || operation == CUBLAS_OP_C;
}

/** The addresses that all matrices of a batch span, with their rows and columns as stored. */
struct Extent {
    uint64_t begin = 0;
    uint64_t bytes = 0;

    Extent(const Matrix& x, int64_t rows, int64_t columns, int batch) {
        if (rows == 0 || columns == 0) {
            return;
        }
        int64_t size = int64_t(element_size(x.type));
        int64_t last = (columns - 1) * x.leading_dimension + rows;
        int64_t first_batch = std::min<int64_t>(0, (batch - 1) * x.batch_stride);
        int64_t last_batch = std::max<int64_t>(0, (batch - 1) * x.batch_stride);
        begin = uint64_t(x.data) + uint64_t(first_batch * size);
        bytes = uint64_t((last_batch - first_batch + last) * size);
    }

    bool overlaps(const Extent& other) const {
        return begin < other.begin + other.bytes && other.begin < begin + bytes;
    }
};

int check_memory(const char* function, const char* name, const Matrix& x, const Extent& extent) {
    if (extent.bytes == 0) {
        return CUBLAS_STATUS_SUCCESS;
    }
    if (x.data == nullptr) {
        blas_problem(function, "%s is null", name);
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    if (uint64_t(x.data) % element_size(x.type) != 0) {
        blas_problem(function, "%s at %p is not aligned to its elements of %zu bytes", name, x.data,
                     element_size(x.type));
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    std::string what = std::string(function) + ", matrix " + name;
    bool inside = lamina_sim_library_check_range(extent.begin, extent.bytes, what.c_str()) != 0;
    return inside ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_EXECUTION_FAILED;
}

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

/** The workspace is used whenever the product runs, so it has to be there as long as the handle names it. */
int check_workspace(const BlasHandle& handle, const char* function) {
    if (handle.workspace_bytes == 0) {
        return CUBLAS_STATUS_SUCCESS;
    }
    std::string what = std::string(function) + ", workspace";
    bool inside = lamina_sim_library_check_range(uint64_t(handle.workspace), handle.workspace_bytes, what.c_str()) != 0;
    return inside ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_EXECUTION_FAILED;
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
        status = check_workspace(*call.handle, call.function);
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
