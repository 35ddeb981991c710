#include "handle.h"

#include <mutex>
#include <set>

#include "../driver/library_interface.h"

namespace lamina::sim {

static std::mutex& handles_lock = *new std::mutex();
static std::set<const BlasHandle*>& handles = *new std::set<const BlasHandle*>();

bool is_live(const BlasHandle* handle, const char* function) {
    std::lock_guard<std::mutex> lock(handles_lock);
    if (handles.count(handle) != 0) {
        return true;
    }
    blas_problem(function, "the handle %p does not exist or is destroyed", static_cast<const void*>(handle));
    return false;
}

} // namespace lamina::sim

using namespace lamina::sim;

BLAS_API cublasCreate_v2(BlasHandle** handle) {
    if (int injected = lamina_sim_library_injected_error(__func__)) {
        return injected;
    }
    if (handle == nullptr) {
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    if (!lamina_sim_library_context_is_current()) {
        blas_problem(__func__, "no context is current");
        return CUBLAS_STATUS_NOT_INITIALIZED;
    }
    *handle = new BlasHandle();
    std::lock_guard<std::mutex> lock(handles_lock);
    handles.insert(*handle);
    return CUBLAS_STATUS_SUCCESS;
}

// The object stays, so that its address is not given out again and a later use is recognised.
BLAS_API cublasDestroy_v2(BlasHandle* handle) {
    ENTER_BLAS(handle);
    std::lock_guard<std::mutex> lock(handles_lock);
    handles.erase(handle);
    return CUBLAS_STATUS_SUCCESS;
}

BLAS_API cublasGetVersion_v2(BlasHandle*, int* version) {
    if (version == nullptr) {
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    *version = 120600;
    return CUBLAS_STATUS_SUCCESS;
}

// As the real one: the workspace that the user has set is forgotten.
BLAS_API cublasSetStream_v2(BlasHandle* handle, CUstream stream) {
    ENTER_BLAS(handle);
    handle->stream = stream;
    if (handle->workspace != nullptr) {
        handle->workspace = nullptr;
        handle->workspace_bytes = 0;
        lamina_sim_library_count("workspace_resets");
    }
    return CUBLAS_STATUS_SUCCESS;
}

BLAS_API cublasGetStream_v2(BlasHandle* handle, CUstream* stream) {
    ENTER_BLAS(handle);
    *stream = handle->stream;
    return CUBLAS_STATUS_SUCCESS;
}

BLAS_API cublasSetWorkspace_v2(BlasHandle* handle, void* workspace, size_t bytes) {
    ENTER_BLAS(handle);
    if (uint64_t(workspace) % 256 != 0) {
        blas_problem(__func__, "the workspace %p is not aligned to 256 bytes", workspace);
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    if (bytes > 0 && lamina_sim_library_check_range(uint64_t(workspace), bytes, "cublasSetWorkspace") == 0) {
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    handle->workspace = workspace;
    handle->workspace_bytes = bytes;
    return CUBLAS_STATUS_SUCCESS;
}

BLAS_API cublasSetMathMode(BlasHandle* handle, int mode) {
    ENTER_BLAS(handle);
    int number = mode & 15;
    if (number > CUBLAS_TF32_TENSOR_OP_MATH || (mode & ~31) != 0) {
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    handle->math_mode = mode;
    return CUBLAS_STATUS_SUCCESS;
}

BLAS_API cublasGetMathMode(BlasHandle* handle, int* mode) {
    ENTER_BLAS(handle);
    *mode = handle->math_mode;
    return CUBLAS_STATUS_SUCCESS;
}

BLAS_API cublasSetPointerMode_v2(BlasHandle* handle, int mode) {
    ENTER_BLAS(handle);
    if (mode != CUBLAS_POINTER_MODE_HOST && mode != CUBLAS_POINTER_MODE_DEVICE) {
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    handle->pointer_mode = mode;
    return CUBLAS_STATUS_SUCCESS;
}

BLAS_API cublasGetPointerMode_v2(BlasHandle* handle, int* mode) {
    ENTER_BLAS(handle);
    *mode = handle->pointer_mode;
    return CUBLAS_STATUS_SUCCESS;
}

BLAS_API cublasSetAtomicsMode(BlasHandle* handle, int mode) {
    ENTER_BLAS(handle);
    if (mode != 0 && mode != 1) {
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    handle->atomics_mode = mode;
    return CUBLAS_STATUS_SUCCESS;
}

BLAS_API cublasGetAtomicsMode(BlasHandle* handle, int* mode) {
    ENTER_BLAS(handle);
    *mode = handle->atomics_mode;
    return CUBLAS_STATUS_SUCCESS;
}

BLAS_API cublasSetSmCountTarget(BlasHandle* handle, int count) {
    ENTER_BLAS(handle);
    handle->sm_count_target = count;
    return CUBLAS_STATUS_SUCCESS;
}

BLAS_API cublasGetSmCountTarget(BlasHandle* handle, int* count) {
    ENTER_BLAS(handle);
    *count = handle->sm_count_target;
    return CUBLAS_STATUS_SUCCESS;
}

static const char* status_name(int status) {
    switch (status) {
    case CUBLAS_STATUS_SUCCESS:
        return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_NOT_INITIALIZED:
        return "CUBLAS_STATUS_NOT_INITIALIZED";
    case CUBLAS_STATUS_ALLOC_FAILED:
        return "CUBLAS_STATUS_ALLOC_FAILED";
    case CUBLAS_STATUS_INVALID_VALUE:
        return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_ARCH_MISMATCH:
        return "CUBLAS_STATUS_ARCH_MISMATCH";
    case CUBLAS_STATUS_MAPPING_ERROR:
        return "CUBLAS_STATUS_MAPPING_ERROR";
    case CUBLAS_STATUS_EXECUTION_FAILED:
        return "CUBLAS_STATUS_EXECUTION_FAILED";
    case CUBLAS_STATUS_INTERNAL_ERROR:
        return "CUBLAS_STATUS_INTERNAL_ERROR";
    case CUBLAS_STATUS_NOT_SUPPORTED:
        return "CUBLAS_STATUS_NOT_SUPPORTED";
    case CUBLAS_STATUS_LICENSE_ERROR:
        return "CUBLAS_STATUS_LICENSE_ERROR";
    default:
        return "unknown cuBLAS status";
    }
}

extern "C" __attribute__((visibility("default"))) const char* cublasGetStatusName(int status) {
    return status_name(status);
}

extern "C" __attribute__((visibility("default"))) const char* cublasGetStatusString(int status) {
    return status_name(status);
}
