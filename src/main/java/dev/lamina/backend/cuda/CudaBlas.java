package dev.lamina.backend.cuda;

import dev.lamina.errors.CudaException;
import dev.lamina.tensor.DType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.IdentityHashMap;
import java.util.Map;
import jcuda.cudaDataType;
import jcuda.driver.CUresult;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasOperation;
import jcuda.jcublas.cublasStatus;
import jcuda.runtime.cudaStream_t;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * cuBLAS: every call that Lamina makes to it. float32 is computed in float32, or in TF32 if {@link #TF32} allows it;
 * bfloat16 and float16 with float32 sums. Matrices are row-major here and column-major there, so that {@code C = A B}
 * is asked for as {@code C' = B' A'}. Used under the device's lock.
 */
final class CudaBlas {
    private static final Logger LOG = LoggerFactory.getLogger(CudaBlas.class);

    /**
     * The property that lets tensor cores compute products of float32 matrices: their elements are rounded to the 10
     * bits of TF32, and added up in float32.
     */
    static final String TF32 = "dev.lamina.cuda.tf32";

    private static final int DEFAULT_ALGORITHM = -1;

    /** What NVIDIA recommends: 32 MiB from Hopper on, 4 MiB before. */
    private static final long HOPPER_WORKSPACE = 32L << 20;

    private static final long WORKSPACE = 4L << 20;
    private static final int HOPPER = 90;

    /**
     * CUBLAS_DEFAULT_MATH | CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION: products that are split along k add up
     * their parts in float32 too, not in bfloat16 or float16.
     */
    private static final int FULL_PRECISION_SUMS = 16;

    /** The factors 0 and 1, which cuBLAS reads when it is called. */
    private static final class Factors {
        static final HostPointer FLOAT_0 = of(ValueLayout.JAVA_FLOAT, 0);
        static final HostPointer FLOAT_1 = of(ValueLayout.JAVA_FLOAT, Float.floatToIntBits(1));
        static final HostPointer DOUBLE_0 = of(ValueLayout.JAVA_DOUBLE, 0);
        static final HostPointer DOUBLE_1 = of(ValueLayout.JAVA_DOUBLE, Double.doubleToLongBits(1));

        private static HostPointer of(ValueLayout layout, long bits) {
            MemorySegment memory = Arena.global().allocate(ValueLayout.JAVA_LONG);
            if (layout.byteSize() == Integer.BYTES) {
                memory.set(ValueLayout.JAVA_INT, 0, (int) bits);
            } else {
                memory.set(ValueLayout.JAVA_LONG, 0, bits);
            }
            return new HostPointer(memory.address());
        }
    }

    private final CudaDevice device;
    private final Map<CudaStream, Context> contexts = new IdentityHashMap<>();
    private final String version;
    private long products;

    CudaBlas(CudaDevice device) {
        this.device = device;
        version = askVersion(context().handle);
    }

    /** cuBLAS as one stream uses it: products in different streams must not share a workspace. */
    private record Context(cublasHandle handle, long workspace, long bytes) {}

    /** That of the stream to which work is issued; made for a new one. */
    private Context context() {
        CudaStream stream = device.compute();
        Context known = contexts.get(stream);
        if (known == null) {
            known = open(stream);
            contexts.put(stream, known);
        }
        return known;
    }

    /** Whether products can be computed in that stream too: there is memory for its workspace. */
    boolean serves(CudaStream stream) {
        try {
            device.issueTo(stream, this::context);
            return true;
        } catch (CudaException e) {
            LOG.debug("[{}] no cuBLAS for another stream: {}", device.name(), e.getMessage());
            return false;
        }
    }

    private Context open(CudaStream stream) {
        cublasHandle handle = new cublasHandle();
        check(JCublas2.cublasCreate(handle), "starting cuBLAS");
        try (Opened opened = new Opened()) {
            opened.add(handle, JCublas2::cublasDestroy);
            long workspace = opened.add(prepare(handle, stream), device.driver()::free);
            check(JCublas2.cublasSetMathMode(handle, FULL_PRECISION_SUMS), "setting the math mode of cuBLAS");
            opened.keep();
            return new Context(handle, workspace, workspaceSize());
        }
    }

    private long workspaceSize() {
        return device.capability() >= HOPPER ? HOPPER_WORKSPACE : WORKSPACE;
    }

    /** The address of the workspace of the stream to which work is issued. */
    long workspace() {
        return context().workspace;
    }

    long workspaceBytes() {
        return context().bytes;
    }

    /** Gives cuBLAS its stream and a workspace, and returns the address of the latter. */
    private long prepare(cublasHandle handle, CudaStream stream) {
        long bytes = workspaceSize();
        long address = device.driver().allocate(bytes);
        if (address == 0) {
            throw CudaErrors.driver(
                    device.name(),
                    "allocating " + bytes + " bytes of workspace for cuBLAS",
                    CUresult.CUDA_ERROR_OUT_OF_MEMORY);
        }
        try (Opened opened = new Opened()) {
            opened.add(address, device.driver()::free);
            // Setting the stream resets the workspace, so this order, each time the stream changes.
            check(JCublas2.cublasSetStream(handle, new cudaStream_t(stream.handle())), "setting the stream of cuBLAS");
            check(
                    JCublas2.cublasSetWorkspace(handle, new DevicePointer(address), bytes),
                    "setting the workspace of cuBLAS");
            opened.keep();
        }
        return address;
    }

    /** Makes JCublas's class usable; a {@link LinkageError} if cuBLAS is not in the process. */
    static void load() throws IOException {
        NativeLibraries.loadJCuda("JCublas2", () -> JCublas2.setExceptionsEnabled(false));
    }

    /** Such as {@code 12.6.4}. */
    String version() {
        return version;
    }

    private String askVersion(cublasHandle handle) {
        int[] number = new int[1];
        check(JCublas2.cublasGetVersion(handle, number), "asking for the version of cuBLAS");
        return number[0] / 10000 + "." + number[0] / 100 % 100 + "." + number[0] % 100;
    }

    /** How many matrix products were asked for; a batch is one. */
    long products() {
        return products;
    }

    /** Computes one product, or a batch of them at even distances. */
    void multiply(CudaGemm gemm, DType dtype, long a, long b, long c) {
        multiply(gemm, dtype, dtype, a, b, c);
    }

    /** The same with results of another type: float32 for bfloat16 and float16. */
    void multiply(CudaGemm gemm, DType dtype, DType resultType, long a, long b, long c) {
        int type = dataType(dtype);
        int result = dataType(resultType);
        boolean wide = dtype == DType.FLOAT64;
        HostPointer alpha = wide ? Factors.DOUBLE_1 : Factors.FLOAT_1;
        HostPointer beta = gemm.accumulate() ? alpha : wide ? Factors.DOUBLE_0 : Factors.FLOAT_0;
        int compute = computeType(dtype);
        products++;
        cublasHandle handle = context().handle;
        int status;
        if (gemm.batch() == 1) {
            status = JCublas2.cublasGemmEx_new(
                    handle,
                    operation(gemm.transposeB()),
                    operation(gemm.transposeA()),
                    gemm.n(),
                    gemm.m(),
                    gemm.k(),
                    alpha,
                    new DevicePointer(b),
                    type,
                    gemm.ldb(),
                    new DevicePointer(a),
                    type,
                    gemm.lda(),
                    beta,
                    new DevicePointer(c),
                    result,
                    gemm.ldc(),
                    compute,
                    DEFAULT_ALGORITHM);
        } else {
            status = JCublas2.cublasGemmStridedBatchedEx_new(
                    handle,
                    operation(gemm.transposeB()),
                    operation(gemm.transposeA()),
                    gemm.n(),
                    gemm.m(),
                    gemm.k(),
                    alpha,
                    new DevicePointer(b),
                    type,
                    gemm.ldb(),
                    gemm.strideB(),
                    new DevicePointer(a),
                    type,
                    gemm.lda(),
                    gemm.strideA(),
                    beta,
                    new DevicePointer(c),
                    result,
                    gemm.ldc(),
                    gemm.strideC(),
                    gemm.batch(),
                    compute,
                    DEFAULT_ALGORITHM);
        }
        if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
            throw CudaErrors.blas(device.name(), "multiplying " + dtype + " matrices, " + gemm + ",", status);
        }
        if (device.isSynchronous()) {
            device.compute().synchronize();
        }
    }

    /** {@code CUBLAS_COMPUTE_...} for products of matrices of that type. */
    static int computeType(DType dtype) {
        if (dtype == DType.FLOAT64) {
            return cublasComputeType.CUBLAS_COMPUTE_64F;
        }
        return dtype == DType.FLOAT32 && Boolean.getBoolean(TF32)
                ? cublasComputeType.CUBLAS_COMPUTE_32F_FAST_TF32
                : cublasComputeType.CUBLAS_COMPUTE_32F;
    }

    private static int operation(boolean transposed) {
        return transposed ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
    }

    private static int dataType(DType dtype) {
        return switch (dtype) {
            case FLOAT32 -> cudaDataType.CUDA_R_32F;
            case FLOAT64 -> cudaDataType.CUDA_R_64F;
            case BFLOAT16 -> cudaDataType.CUDA_R_16BF;
            case FLOAT16 -> cudaDataType.CUDA_R_16F;
            case INT32, INT64, UINT8, BOOL ->
                throw new IllegalArgumentException("[cuda] expected a product of floating-point matrices; received "
                        + dtype + ". This is a bug in Lamina.");
        };
    }

    private void check(int status, String doing) {
        if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
            throw CudaErrors.blas(device.name(), doing, status);
        }
    }

    void close() {
        for (Context context : contexts.values()) {
            check(JCublas2.cublasDestroy(context.handle), "stopping cuBLAS");
            device.driver().free(context.workspace);
        }
        contexts.clear();
    }
}
