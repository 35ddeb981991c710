#include "product_types.h"

#include <cstdint>

#include "cublas_abi.h"
#include "simulated_cuda/half.h"

namespace lamina::sim {

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

} // namespace lamina::sim
