package dev.lamina.backend.cuda;

import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** Which kernels the process has launched. */
public final class LaunchedKernels {
    private LaunchedKernels() {}

    /** The ops that the process has run by their definitions. */
    public static Set<String> opsByDefinition() {
        return CudaTests.backend().ranByDefinition();
    }

    /** The ops of which the doctor says so. */
    public static List<String> opsSaidToRunByDefinition() {
        return CudaBackend.OPS_BY_DEFINITION;
    }

    /** Kernels that belong to no op, and have tests of their own: SamplesCudaTest and TinyStepsCudaTest. */
    private static final Set<String> OF_NO_OP = Set.of("take_samples", TinySteps.KERNEL);

    /** The kernels of ops on the class path that nobody has launched yet. */
    public static List<String> missing() {
        KernelLibrary library = CudaTests.backend().library();
        return library.names().stream()
                .filter(name -> library.launches(name) == 0 && !OF_NO_OP.contains(name))
                .toList();
    }

    /** How many matrix products the process has asked cuBLAS and cublasLt for. */
    public static long products() {
        return CudaTests.backend().blas().products() + CudaTests.backend().lt().products();
    }

    /** Runs an action whose launches have so many blocks at most, and so leave the rest to the kernels' own loops. */
    public static <T> T withGrid(int blocks, Supplier<T> action) {
        CudaLauncher launcher = CudaTests.backend().launcher();
        launcher.limitGrid(blocks);
        try {
            return action.get();
        } finally {
            launcher.limitGrid(Integer.MAX_VALUE);
        }
    }
}
