package dev.lamina.backend.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import jcuda.cudaDataType;

/**
 * A product with an epilogue, ready to be issued: described to cublasLt once, with the algorithm that its heuristic
 * puts first of those whose workspace fits. cublasLt is column-major, so that {@code C = A B} is asked for as {@code C'
 * = B' A'}. Used under the device's lock.
 */
final class LtProduct {
    private static final long ALPHA = 0;
    private static final long BETA = 4;
    private static final long BIAS = 8;
    private static final long OBJECT = 16;
    private static final long VALUE = 24;
    private static final long FOUND = 32;
    private static final long RESULT = 64;

    private final CublasLt library;
    private final long handle;
    private final LtProblem problem;
    private final MemorySegment host;
    private long description;
    private CublasLt.Layouts layouts = new CublasLt.Layouts(0, 0, 0);
    private int candidates;
    private long chosen = RESULT;
    private boolean timed;

    private LtProduct(CublasLt library, long handle, LtProblem problem) {
        this.library = library;
        this.handle = handle;
        this.problem = problem;
        host = Arena.ofAuto().allocate(RESULT + LtTuning.CANDIDATES * CublasLt.RESULT_BYTES, Long.BYTES);
        host.set(ValueLayout.JAVA_FLOAT, ALPHA, 1);
    }

    /**
     * Asks the heuristic; empty where it knows no algorithm.
     *
     * @param workspace the address of the workspace, and how many bytes it has
     */
    static Optional<LtProduct> find(
            CublasLt library, long handle, LtProblem problem, long workspace, long workspaceBytes) {
        LtProduct product = new LtProduct(library, handle, problem);
        if (product.describe(workspace + problem.alignment() % LtProblem.ALIGNMENT) && product.choose(workspaceBytes)) {
            return Optional.of(product);
        }
        product.close();
        return Optional.empty();
    }

    /**
     * @param bias an address that stands for the bias. The heuristic doesn't read there, but takes the bias to be
     *     aligned as the address is, and no preference says otherwise.
     */
    private boolean describe(long bias) {
        CudaGemm gemm = problem.gemm();
        if (library.createDescription(address(OBJECT), problem.computeType(), cudaDataType.CUDA_R_32F)
                != CublasLt.SUCCESS) {
            return false;
        }
        description = object();
        boolean done = describe(CublasLt.TRANSPOSE_A, gemm.transposeB() ? 1 : 0, Integer.BYTES)
                && describe(CublasLt.TRANSPOSE_B, gemm.transposeA() ? 1 : 0, Integer.BYTES)
                && describe(CublasLt.EPILOGUE, problem.epilogue().code(), Integer.BYTES)
                && describe(CublasLt.BIAS_POINTER, bias, Long.BYTES);
        long a = done ? layout(gemm.transposeB(), gemm.n(), gemm.k(), gemm.ldb()) : 0;
        long b = a == 0 ? 0 : layout(gemm.transposeA(), gemm.k(), gemm.m(), gemm.lda());
        long d = b == 0 ? 0 : layout(false, gemm.n(), gemm.m(), gemm.ldc());
        layouts = new CublasLt.Layouts(a, b, d);
        return d != 0;
    }

    private boolean describe(int attribute, long value, long bytes) {
        host.set(ValueLayout.JAVA_LONG, VALUE, value);
        return library.describe(description, attribute, address(VALUE), bytes) == CublasLt.SUCCESS;
    }

    /** A matrix (rows, columns) column-major, or transposed as stored; 0 if cublasLt refuses. */
    private long layout(boolean transposed, long rows, long columns, long leading) {
        int status = library.createLayout(
                address(OBJECT), problem.dataType(), transposed ? columns : rows, transposed ? rows : columns, leading);
        return status == CublasLt.SUCCESS ? object() : 0;
    }

    private boolean choose(long workspaceBytes) {
        if (library.createPreference(address(OBJECT)) != CublasLt.SUCCESS) {
            return false;
        }
        long preference = object();
        try {
            boolean done = prefer(preference, CublasLt.MAX_WORKSPACE_BYTES, workspaceBytes, Long.BYTES)
                    && prefer(preference, CublasLt.REDUCTION_SCHEMES, CublasLt.SUMS_IN_COMPUTE_TYPE, Integer.BYTES);
            for (int i = 0; i < CublasLt.MATRICES; i++) {
                done &= prefer(preference, CublasLt.MIN_ALIGNMENT_A_BYTES + i, problem.alignment(), Integer.BYTES);
            }
            int wanted = LtTuning.isOn() ? LtTuning.CANDIDATES : 1;
            if (!done
                    || library.algorithms(
                                    handle, description, layouts, preference, wanted, address(RESULT), address(FOUND))
                            != CublasLt.SUCCESS) {
                return false;
            }
            candidates = usable(host.get(ValueLayout.JAVA_INT, FOUND), workspaceBytes);
            return candidates > 0;
        } finally {
            library.destroyPreference(preference);
        }
    }

    /** Moves the results that can be used to the front, in their order, and counts them. */
    private int usable(int found, long workspaceBytes) {
        int count = 0;
        for (int i = 0; i < found; i++) {
            long at = RESULT + i * CublasLt.RESULT_BYTES;
            boolean fits = host.get(ValueLayout.JAVA_INT, at + CublasLt.RESULT_STATE) == CublasLt.SUCCESS
                    && host.get(ValueLayout.JAVA_LONG, at + CublasLt.RESULT_WORKSPACE) <= workspaceBytes;
            if (fits) {
                MemorySegment.copy(host, at, host, RESULT + count * CublasLt.RESULT_BYTES, CublasLt.RESULT_BYTES);
                count++;
            }
        }
        return count;
    }

    private boolean prefer(long preference, int attribute, long value, long bytes) {
        host.set(ValueLayout.JAVA_LONG, VALUE, value);
        return library.prefer(preference, attribute, address(VALUE), bytes) == CublasLt.SUCCESS;
    }

    private long address(long offset) {
        return host.address() + offset;
    }

    private long object() {
        return host.get(ValueLayout.JAVA_LONG, OBJECT);
    }

    /** How many algorithms there are, the heuristic's first at 0. */
    int candidates() {
        return candidates;
    }

    /** From now on the product is computed by that algorithm. */
    void use(int candidate) {
        chosen = RESULT + candidate * CublasLt.RESULT_BYTES;
    }

    /** Whether several algorithms are there, between which nobody has chosen; true once. */
    boolean isToBeTimed() {
        boolean now = candidates > 1 && !timed;
        timed = true;
        return now;
    }

    /** Issues the product, and answers cublasLt's status. */
    int run(LtOperands of, long workspace, long workspaceBytes, long stream) {
        host.set(ValueLayout.JAVA_LONG, BIAS, of.bias());
        int status = library.describe(description, CublasLt.BIAS_POINTER, address(BIAS), Long.BYTES);
        if (status != CublasLt.SUCCESS) {
            return status;
        }
        return library.multiply(
                handle,
                description,
                layouts,
                new CublasLt.Operands(of.b(), of.a(), of.c(), address(ALPHA), address(BETA)),
                new CublasLt.Manner(address(chosen), workspace, workspaceBytes, stream));
    }

    /** For messages. */
    @Override
    public String toString() {
        return problem.toString();
    }

    void close() {
        for (long layout : new long[] {layouts.a(), layouts.b(), layouts.d()}) {
            if (layout != 0) {
                library.destroyLayout(layout);
            }
        }
        if (description != 0) {
            library.destroyDescription(description);
        }
        layouts = new CublasLt.Layouts(0, 0, 0);
        description = 0;
    }
}
