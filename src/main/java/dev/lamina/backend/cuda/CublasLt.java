package dev.lamina.backend.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The functions of cublasLt that Lamina calls, by the foreign-function API, since JCuda has none of them. They are
 * those of NVIDIA's cublasLt.h; each answers a status. Pointers are numbers here, so that a call makes no objects.
 */
final class CublasLt {
    static final int SUCCESS = 0;
    static final int NOT_SUPPORTED = 15;

    /** Attributes of a product: {@code CUBLASLT_MATMUL_DESC_...}. */
    static final int TRANSPOSE_A = 3;

    static final int TRANSPOSE_B = 4;
    static final int EPILOGUE = 7;
    static final int BIAS_POINTER = 8;

    /** Attributes of a preference: {@code CUBLASLT_MATMUL_PREF_...}; the alignments of A, B, C and D are 5 to 8. */
    static final int MAX_WORKSPACE_BYTES = 1;

    static final int REDUCTION_SCHEMES = 3;

    /**
     * {@code CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE}: a product that is split along its sums adds the parts up in the
     * type that it is computed in, and in one order. The others add in the results' type, or as the parts come.
     */
    static final int SUMS_IN_COMPUTE_TYPE = 2;

    static final int MIN_ALIGNMENT_A_BYTES = 5;
    static final int MATRICES = 4;

    /** {@code cublasLtMatmulHeuristicResult_t}: the algorithm's 64 bytes, then the size of its workspace. */
    static final long RESULT_BYTES = 96;

    static final long ALGORITHM_BYTES = 64;
    static final long RESULT_WORKSPACE = 64;
    static final long RESULT_STATE = 72;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final ValueLayout.OfInt I = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong J = ValueLayout.JAVA_LONG;

    // Each takes the function's address first.
    private static final MethodHandle POINTER = handle(J);
    private static final MethodHandle DESCRIPTION = handle(J, I, I);
    private static final MethodHandle LAYOUT = handle(J, I, J, J, J);
    private static final MethodHandle ATTRIBUTE = handle(J, I, J, J);
    private static final MethodHandle HEURISTIC = handle(J, J, J, J, J, J, J, I, J, J);
    private static final MethodHandle MATMUL = handle(J, J, J, J, J, J, J, J, J, J, J, J, J, J, J, J);

    private final MemorySegment create;
    private final MemorySegment destroy;
    private final MemorySegment version;
    private final MemorySegment descriptionCreate;
    private final MemorySegment descriptionDestroy;
    private final MemorySegment descriptionSet;
    private final MemorySegment layoutCreate;
    private final MemorySegment layoutDestroy;
    private final MemorySegment preferenceCreate;
    private final MemorySegment preferenceDestroy;
    private final MemorySegment preferenceSet;
    private final MemorySegment heuristic;
    private final MemorySegment matmul;

    private CublasLt(SymbolLookup functions) {
        create = functions.findOrThrow("cublasLtCreate");
        destroy = functions.findOrThrow("cublasLtDestroy");
        version = functions.findOrThrow("cublasLtGetVersion");
        descriptionCreate = functions.findOrThrow("cublasLtMatmulDescCreate");
        descriptionDestroy = functions.findOrThrow("cublasLtMatmulDescDestroy");
        descriptionSet = functions.findOrThrow("cublasLtMatmulDescSetAttribute");
        layoutCreate = functions.findOrThrow("cublasLtMatrixLayoutCreate");
        layoutDestroy = functions.findOrThrow("cublasLtMatrixLayoutDestroy");
        preferenceCreate = functions.findOrThrow("cublasLtMatmulPreferenceCreate");
        preferenceDestroy = functions.findOrThrow("cublasLtMatmulPreferenceDestroy");
        preferenceSet = functions.findOrThrow("cublasLtMatmulPreferenceSetAttribute");
        heuristic = functions.findOrThrow("cublasLtMatmulAlgoGetHeuristic");
        matmul = functions.findOrThrow("cublasLtMatmul");
    }

    /**
     * The functions of a library that is in the process.
     *
     * @throws IllegalArgumentException if it is not
     * @throws java.util.NoSuchElementException if it lacks one of them
     */
    static CublasLt of(String library) {
        return new CublasLt(SymbolLookup.libraryLookup(library, Arena.global()));
    }

    private static MethodHandle handle(ValueLayout... arguments) {
        return LINKER.downcallHandle(FunctionDescriptor.of(I, arguments));
    }

    private static IllegalStateException failed(Throwable e) {
        return new IllegalStateException("[cuda] expected a call of cublasLt to come back with a status.", e);
    }

    /** Writes the new handle to that address. */
    int create(long handle) {
        return ofPointer(create, handle);
    }

    int destroy(long handle) {
        return ofPointer(destroy, handle);
    }

    /** As 10000 * major + 100 * minor + patch. */
    long version() {
        try {
            return (long)
                    LINKER.downcallHandle(version, FunctionDescriptor.of(J)).invokeExact();
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    int createDescription(long description, int computeType, int scaleType) {
        try {
            return (int) DESCRIPTION.invokeExact(descriptionCreate, description, computeType, scaleType);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    int destroyDescription(long description) {
        return ofPointer(descriptionDestroy, description);
    }

    int describe(long description, int attribute, long value, long bytes) {
        return set(descriptionSet, description, attribute, value, bytes);
    }

    int createLayout(long layout, int type, long rows, long columns, long leading) {
        try {
            return (int) LAYOUT.invokeExact(layoutCreate, layout, type, rows, columns, leading);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    int destroyLayout(long layout) {
        return ofPointer(layoutDestroy, layout);
    }

    int createPreference(long preference) {
        return ofPointer(preferenceCreate, preference);
    }

    int destroyPreference(long preference) {
        return ofPointer(preferenceDestroy, preference);
    }

    int prefer(long preference, int attribute, long value, long bytes) {
        return set(preferenceSet, preference, attribute, value, bytes);
    }

    /** C has D's layout. */
    int algorithms(long handle, long description, Layouts of, long preference, int wanted, long results, long found) {
        try {
            return (int) HEURISTIC.invokeExact(
                    heuristic, handle, description, of.a, of.b, of.d, of.d, preference, wanted, results, found);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /** The layouts of a product's matrices. */
    record Layouts(long a, long b, long d) {}

    /** The matrices' addresses, and where the factors lie on the host. */
    record Operands(long a, long b, long d, long alpha, long beta) {}

    /** An algorithm on the host, its workspace on the device, and the stream. */
    record Manner(long algorithm, long workspace, long workspaceBytes, long stream) {}

    int multiply(long handle, long description, Layouts layouts, Operands of, Manner how) {
        try {
            return (int) MATMUL.invokeExact(
                    matmul,
                    handle,
                    description,
                    of.alpha,
                    of.a,
                    layouts.a,
                    of.b,
                    layouts.b,
                    of.beta,
                    of.d,
                    layouts.d,
                    of.d,
                    layouts.d,
                    how.algorithm,
                    how.workspace,
                    how.workspaceBytes,
                    how.stream);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    private static int ofPointer(MemorySegment function, long pointer) {
        try {
            return (int) POINTER.invokeExact(function, pointer);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    private static int set(MemorySegment function, long object, int attribute, long value, long bytes) {
        try {
            return (int) ATTRIBUTE.invokeExact(function, object, attribute, value, bytes);
        } catch (Throwable e) {
            throw failed(e);
        }
    }
}
