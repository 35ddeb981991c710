package dev.lamina.backend.cuda;

import dev.lamina.errors.BackendUnavailableException;
import dev.lamina.errors.CudaException;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds out, once in a process, whether CUDA can be used here; if not, why not. */
final class CudaProbe {
    /** CUDA 12.0, which cuBLAS 12 needs, as the driver counts versions. */
    private static final int OLDEST_DRIVER = 12000;

    private static final String PREFIX = "No CUDA backend: ";
    private static final String NO_DEVICE = "the driver found no GPU. CUDA_VISIBLE_DEVICES may hide it.";

    private static @Nullable CudaProbe result;

    private Optional<String> reason = Optional.empty();
    private Optional<LibrarySearch> driverSearch = Optional.empty();
    private Optional<LibrarySearch> cublasSearch = Optional.empty();
    private Optional<LibrarySearch> cublasLtSearch = Optional.empty();
    private int driverVersion;

    private CudaProbe() {}

    /** The answer. Nothing is tried again: JCuda's classes can't be initialised a second time. */
    static synchronized CudaProbe result() {
        CudaProbe known = result;
        if (known == null) {
            known = new CudaProbe();
            known.reason = known.look().map(PREFIX::concat);
            result = known;
        }
        return known;
    }

    /** Why CUDA can't be used; empty if it can. */
    Optional<String> reason() {
        return reason;
    }

    /** Whether there is a driver, and it knows of no GPU. */
    boolean lacksDevice() {
        return reason.filter(PREFIX.concat(NO_DEVICE)::equals).isPresent();
    }

    /** The search for the driver's library; empty before it. */
    Optional<LibrarySearch> driverSearch() {
        return driverSearch;
    }

    /** The search for cuBLAS; empty where there is no driver or no device to use it. */
    Optional<LibrarySearch> cublasSearch() {
        return cublasSearch;
    }

    /** The search for cublasLt, which Lamina can do without; empty where there is no cuBLAS. */
    Optional<LibrarySearch> cublasLtSearch() {
        return cublasLtSearch;
    }

    /** The cublasLt that was found. */
    String cublasLt() {
        return cublasLtSearch
                .map(search -> search.found().orElse("not found (" + search.description() + ")"))
                .orElse("not looked for");
    }

    /** cublasLt's name for the loader; empty if it was not found. */
    Optional<String> cublasLtLibrary() {
        return cublasLtSearch.flatMap(LibrarySearch::found).isPresent()
                ? cublasSearch.map(CublasLtSearch::name)
                : Optional.empty();
    }

    /** The driver that was found, and the CUDA version that it serves. */
    String driver() {
        String found = driverSearch.flatMap(LibrarySearch::found).orElse("not found");
        return driverVersion == 0 ? found : found + ", CUDA " + version(driverVersion);
    }

    /** The cuBLAS that was found. */
    String cublas() {
        return cublasSearch.map(search -> search.found().orElse("not found")).orElse("not looked for");
    }

    /** The newest CUDA version that the driver serves, as 1000 * major + 10 * minor; 0 without a driver. */
    int driverVersion() {
        return driverVersion;
    }

    /** {@code 12.6}, of a version as the driver counts. */
    static String version(int counted) {
        return counted / 1000 + "." + counted % 1000 / 10;
    }

    /** Does nothing if CUDA can be used. */
    void require() {
        if (reason.isPresent()) {
            throw new BackendUnavailableException(reason.get());
        }
    }

    /** Looks for everything that is needed; the answer is what is missing. */
    private Optional<String> look() {
        try {
            LibrarySearch driver = NativeLibraries.loadDriver();
            driverSearch = Optional.of(driver);
            if (driver.found().isEmpty()) {
                return Optional.of("libcuda.so.1 was not found (" + driver.description()
                        + "). Install NVIDIA's driver if the machine has a GPU.");
            }
            CudaDriver.load();
            CudaDriver calls = new CudaDriver("cuda");
            calls.initialize();
            driverVersion = calls.version();
            if (driverVersion < OLDEST_DRIVER) {
                return Optional.of("the driver serves CUDA " + version(driverVersion)
                        + ", 12.0 is needed. Update NVIDIA's driver to 525 or newer.");
            }
            if (calls.deviceCount() == 0) {
                return Optional.of(NO_DEVICE);
            }
            LibrarySearch cublas = NativeLibraries.loadCublas(driverVersion);
            cublasSearch = Optional.of(cublas);
            if (cublas.found().isEmpty()) {
                return Optional.of("neither libcublas.so.12 nor libcublas.so.13 can be used ("
                        + cublas.description()
                        + "). Install NVIDIA's CUDA toolkit or pip's nvidia-cublas, or set LAMINA_CUBLAS to the file.");
            }
            CudaBlas.load();
            cublasLtSearch = Optional.of(NativeLibraries.loadCublasLt(cublas));
            return Optional.empty();
        } catch (CudaException e) {
            return Optional.of(e.code().equals("CUDA_ERROR_NO_DEVICE") ? NO_DEVICE : e.getMessage());
        } catch (InvalidPathException e) {
            return Optional.of(
                    "this locale can't express the name of a file: " + e.getMessage() + ". Set LC_ALL to C.UTF-8.");
        } catch (LinkageError | IOException e) {
            return Optional.of("JCuda's libraries did not load: " + firstLine(e) + ".");
        }
    }

    private static String firstLine(Throwable e) {
        return String.valueOf(e.getMessage())
                .lines()
                .findFirst()
                .orElse(e.getClass().getSimpleName());
    }
}
