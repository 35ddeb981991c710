package dev.lamina.backend.cuda;

import java.util.List;

/** Which kernels the process has launched. */
public final class LaunchedKernels {
    private LaunchedKernels() {}

    /** The kernels on the class path that nobody has launched yet. */
    public static List<String> missing() {
        KernelLibrary library = CudaTests.backend().library();
        return library.names().stream()
                .filter(name -> library.launches(name) == 0)
                .toList();
    }
}
