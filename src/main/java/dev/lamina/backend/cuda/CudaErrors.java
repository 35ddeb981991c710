package dev.lamina.backend.cuda;

import dev.lamina.errors.CudaException;
import jcuda.driver.CUresult;
import jcuda.jcublas.cublasStatus;

/** Makes exceptions of CUDA's error codes. */
final class CudaErrors {
    private CudaErrors() {}

    /** The exception for a driver call. {@code doing} says what was tried, as in "allocating 12 bytes". */
    static CudaException driver(String place, String doing, int code) {
        return new CudaException("[" + place + "] " + doing + " failed: " + name(code) + ". " + hint(code), name(code));
    }

    /** The exception for a driver call after the device was lost; {@code before} says by what. */
    static CudaException lost(String place, String doing, String before, int code) {
        return new CudaException(
                "[" + place + "] " + doing + " failed: " + name(code) + ". The device is lost to this process since "
                        + before + ". Restart the process, or go on with Backends.use(\"cpu\").",
                name(code));
    }

    /** Whether an error destroys the context, so that no later call can succeed. */
    static boolean isLoss(int code) {
        return switch (code) {
            case CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
                    CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
                    CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
                    CUresult.CUDA_ERROR_INVALID_PC,
                    CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
                    CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
                    CUresult.CUDA_ERROR_ASSERT,
                    CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
                    CUresult.CUDA_ERROR_LAUNCH_FAILED,
                    CUresult.CUDA_ERROR_CONTEXT_IS_DESTROYED,
                    CUresult.CUDA_ERROR_DEINITIALIZED,
                    CUresult.CUDA_ERROR_ECC_UNCORRECTABLE -> true;
            default -> false;
        };
    }

    /** The exception for a kernel that failed while nothing else ran. */
    static CudaException kernel(String place, String launch, int code) {
        return new CudaException(
                "[" + place + "] " + launch + " failed: " + name(code)
                        + ". It ran alone (dev.lamina.cuda.sync), so it is at fault itself. Report this as a bug in Lamina.",
                name(code));
    }

    static CudaException blas(String place, String doing, int status) {
        String name = cublasStatus.stringFor(status);
        String hint = switch (status) {
            case cublasStatus.CUBLAS_STATUS_ALLOC_FAILED, cublasStatus.CUBLAS_STATUS_NOT_INITIALIZED ->
                "Leave cuBLAS some device memory: use a smaller batch, or set dev.lamina.cuda.memoryLimit.";
            case cublasStatus.CUBLAS_STATUS_EXECUTION_FAILED -> asynchronous();
            default -> "\"lamina doctor\" tells which cuBLAS is in use.";
        };
        return new CudaException("[" + place + "] " + doing + " failed: " + name + ". " + hint, name);
    }

    static String name(int code) {
        return CUresult.stringFor(code);
    }

    private static String hint(int code) {
        return switch (code) {
            case CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
                    CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
                    CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
                    CUresult.CUDA_ERROR_INVALID_PC,
                    CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
                    CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
                    CUresult.CUDA_ERROR_ASSERT,
                    CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
                    CUresult.CUDA_ERROR_LAUNCH_FAILED -> asynchronous();
            case CUresult.CUDA_ERROR_OUT_OF_MEMORY ->
                "Use a smaller batch, or close models and scopes that are no longer needed.";
            case CUresult.CUDA_ERROR_INVALID_PTX,
                    CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION,
                    CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU,
                    CUresult.CUDA_ERROR_JIT_COMPILER_NOT_FOUND -> "Update the NVIDIA driver.";
            case CUresult.CUDA_ERROR_CONTEXT_IS_DESTROYED,
                    CUresult.CUDA_ERROR_INVALID_CONTEXT,
                    CUresult.CUDA_ERROR_DEINITIALIZED,
                    CUresult.CUDA_ERROR_ECC_UNCORRECTABLE,
                    CUresult.CUDA_ERROR_UNKNOWN -> "The device is lost to this process: restart it.";
            default -> "\"lamina doctor\" tells which driver and device are in use.";
        };
    }

    private static String asynchronous() {
        return "Kernels run asynchronously, so an earlier one may be at fault; rerun with -Ddev.lamina.cuda.sync=true.";
    }
}
