// The cuBLAS handle: a stream and settings.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../driver/cuda_abi.h"
#include "cublas_abi.h"
#include "problem.h"

#define BLAS_API extern "C" __attribute__((visibility("default"))) int

namespace lamina::sim {

struct BlasHandle {
    CUstream stream = nullptr;
    int math_mode = CUBLAS_DEFAULT_MATH;
    int pointer_mode = CUBLAS_POINTER_MODE_HOST;
    int atomics_mode = 0;
    int sm_count_target = 0;
    void* workspace = nullptr; // null: cuBLAS's own
    size_t workspace_bytes = 0;
};

/** Whether cublasCreate gave it out and cublasDestroy has not taken it back; records a problem if not. */
bool is_live(const BlasHandle* handle, const char* function);

} // namespace lamina::sim

/** What every function with a handle begins with: an injected error, then the check of the handle. */
#define ENTER_BLAS(handle)                                                                                             \
    if (int injected_ = lamina_sim_library_injected_error(__func__)) {                                                 \
        return injected_;                                                                                              \
    }                                                                                                                  \
    if (!lamina::sim::is_live(handle, __func__)) {                                                                     \
        return CUBLAS_STATUS_NOT_INITIALIZED;                                                                          \
    }
