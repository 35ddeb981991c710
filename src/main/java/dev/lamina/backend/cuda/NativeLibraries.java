package dev.lamina.backend.cuda;

import dev.lamina.backend.NativeFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Brings the native libraries into the process: NVIDIA's (or the stand-ins that the system properties
 * {@code dev.lamina.cuda.driver} and {@code dev.lamina.cuda.cublas} name), and JCuda's own from a private folder.
 *
 * <p>JCuda would unpack its libraries to a fixed name in the shared temporary folder, and would load a file of that
 * name without a look at it if there is one. So they are unpacked to the private folder first, and JCuda is told that
 * this is the temporary folder for as long as it loads them.
 */
final class NativeLibraries {
    /** The file that makes CUDA's driver known to the process, for tests without a GPU. */
    static final String DRIVER_PROPERTY = "dev.lamina.cuda.driver";

    static final String CUBLAS_PROPERTY = "dev.lamina.cuda.cublas";

    static final String DRIVER = "libcuda.so.1";
    private static final String JCUDA = "12.6.0";
    private static final String TEMPORARY = "java.io.tmpdir";

    private NativeLibraries() {}

    /** Loads the CUDA driver's library. */
    static LibrarySearch loadDriver() {
        String standIn = System.getProperty(DRIVER_PROPERTY);
        if (standIn != null) {
            return loadFile(standIn, DRIVER_PROPERTY);
        }
        LibraryPlaces places = LibraryPlaces.ofThisMachine();
        LibrarySearch search = new LibrarySearch();
        if (!search.byName(DRIVER, places, List.of())) {
            search.tried("usual folders");
            search.inFolders(DRIVER, places.driver(), List.of());
        }
        return search;
    }

    /**
     * Loads cuBLAS: a stand-in, or what {@link CublasSearch} finds.
     *
     * @param driverVersion the newest CUDA version that the driver serves, as 1000 * major + 10 * minor
     */
    static LibrarySearch loadCublas(int driverVersion) {
        String standIn = System.getProperty(CUBLAS_PROPERTY);
        return standIn != null
                ? loadFile(standIn, CUBLAS_PROPERTY)
                : CublasSearch.run(LibraryPlaces.ofThisMachine(), driverVersion);
    }

    /** Loads cublasLt: what lies beside a stand-in, or what {@link CublasLtSearch} finds. */
    static LibrarySearch loadCublasLt(LibrarySearch cublas) {
        String standIn = System.getProperty(CUBLAS_PROPERTY);
        return standIn != null
                ? CublasLtSearch.beside(Path.of(standIn))
                : CublasLtSearch.run(LibraryPlaces.ofThisMachine(), cublas);
    }

    private static LibrarySearch loadFile(String file, String property) {
        LibrarySearch search = new LibrarySearch();
        search.tried(property);
        Path path = Path.of(file).toAbsolutePath();
        if (search.isWhole(path)) {
            search.load(path, List.of());
        }
        return search;
    }

    /**
     * Lets JCuda load one of its libraries, {@code JCudaDriver} or {@code JCublas2}, by initialising the class that
     * does so.
     */
    static synchronized void loadJCuda(String library, Runnable initialization) throws IOException {
        String platform = ElfFile.thisMachine();
        Path folder = NativeFiles.unpack(
                "jcuda-" + JCUDA, "lib/", "lib" + library + "-" + JCUDA + "-linux-" + platform + ".so");
        String temporary = System.getProperty(TEMPORARY);
        System.setProperty(TEMPORARY, folder.toString());
        try {
            initialization.run();
        } finally {
            System.setProperty(TEMPORARY, temporary);
        }
    }
}
