package dev.lamina.backend.cuda;

import dev.lamina.backend.NativeFiles;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

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

    private static final String DRIVER = "libcuda.so.1";
    private static final String CUBLAS = "libcublas.so.12";
    private static final String CUBLAS_LT = "libcublasLt.so.12";
    private static final String JCUDA = "12.6.0";
    private static final String TEMPORARY = "java.io.tmpdir";

    private NativeLibraries() {}

    /** Where a library was found; if it was not, the places that were tried. */
    record Search(Optional<String> found, List<String> tried) {}

    /** Loads the CUDA driver's library. */
    static Search loadDriver() {
        String standIn = System.getProperty(DRIVER_PROPERTY);
        return standIn != null ? loadFile(standIn, DRIVER_PROPERTY) : search(DRIVER, List.of());
    }

    /** Loads cuBLAS 12: a stand-in, one on the library path, or one of an installed toolkit. */
    static Search loadCublas() {
        String standIn = System.getProperty(CUBLAS_PROPERTY);
        return standIn != null ? loadFile(standIn, CUBLAS_PROPERTY) : search(CUBLAS, toolkitFolders());
    }

    private static Search loadFile(String file, String property) {
        try {
            System.load(Path.of(file).toAbsolutePath().toString());
            return new Search(Optional.of(file), List.of());
        } catch (UnsatisfiedLinkError e) {
            return new Search(Optional.empty(), List.of(property + " " + file + ", " + e.getMessage()));
        }
    }

    private static Search search(String library, List<Path> folders) {
        List<String> tried = new ArrayList<>(List.of("library path"));
        if (isLoadable(library)) {
            return new Search(Optional.of(library), tried);
        }
        for (Path folder : folders) {
            Path file = folder.resolve(library);
            tried.add(folder.toString());
            if (Files.exists(file)) {
                // libcublas needs libcublasLt, which the loader finds only if it is there already.
                isLoadable(folder.resolve(CUBLAS_LT).toString());
                if (isLoadable(file.toString())) {
                    return new Search(Optional.of(file.toString()), tried);
                }
            }
        }
        return new Search(Optional.empty(), tried);
    }

    /** Loads a library for good, so that JCuda's libraries, which need it, find it by its name. */
    private static boolean isLoadable(String library) {
        try {
            SymbolLookup.libraryLookup(library, Arena.global());
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static List<Path> toolkitFolders() {
        List<Path> folders = new ArrayList<>();
        for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
            String root = System.getenv(variable);
            if (root != null && !root.isEmpty()) {
                folders.add(Path.of(root, "lib64"));
            }
        }
        try (Stream<Path> roots = Files.list(Path.of("/usr/local"))) {
            roots.filter(root -> root.getFileName().toString().startsWith("cuda"))
                    .sorted()
                    .forEach(root -> folders.add(root.resolve("lib64")));
        } catch (IOException e) {
            // No such folder to look into: nothing to add.
        }
        return folders;
    }

    /**
     * Lets JCuda load one of its libraries, {@code JCudaDriver} or {@code JCublas2}, by initialising the class that
     * does so.
     */
    static synchronized void loadJCuda(String library, Runnable initialization) throws IOException {
        String platform = System.getProperty("os.arch").equals("amd64") ? "x86_64" : System.getProperty("os.arch");
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
