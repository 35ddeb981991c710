package dev.lamina.backend.cuda;

import dev.lamina.errors.BackendUnavailableException;
import dev.lamina.errors.CudaException;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds out, once in a process, whether CUDA can be used here; if not, why not. */
final class CudaProbe {
    /** CUDA 12.0, which cuBLAS 12 needs, as the driver counts versions. */
    private static final int OLDEST_DRIVER = 12000;

    private static final String PREFIX = "No CUDA backend: ";

    private static @Nullable CudaProbe result;

    private final Optional<String> reason;
    private final String driver;
    private final String cublas;

    private CudaProbe(Optional<String> reason, String driver, String cublas) {
        this.reason = reason;
        this.driver = driver;
        this.cublas = cublas;
    }

    /** The answer. Nothing is tried again: JCuda's classes can't be initialised a second time. */
    static synchronized CudaProbe result() {
        CudaProbe known = result;
        if (known == null) {
            known = probe();
            result = known;
        }
        return known;
    }

    /** Why CUDA can't be used; empty if it can. */
    Optional<String> reason() {
        return reason;
    }

    /** The driver that was found, for {@code lamina doctor}. */
    String driver() {
        return driver;
    }

    /** The cuBLAS that was found, for {@code lamina doctor}. */
    String cublas() {
        return cublas;
    }

    /** Does nothing if CUDA can be used. */
    void require() {
        if (reason.isPresent()) {
            throw new BackendUnavailableException(reason.get());
        }
    }

    private static CudaProbe probe() {
        String driver = "not found";
        String cublas = "not looked for";
        try {
            NativeLibraries.Search found = NativeLibraries.loadDriver();
            if (found.found().isEmpty()) {
                return unavailable(
                        "libcuda.so.1 was not found (tried: " + String.join(", ", found.tried())
                                + "). Install NVIDIA's driver if the machine has a GPU.",
                        driver,
                        cublas);
            }
            driver = found.found().get();
            CudaDriver.load();
            CudaDriver calls = new CudaDriver("cuda");
            calls.initialize();
            int version = calls.version();
            driver += ", CUDA " + version / 1000 + "." + version % 1000 / 10;
            if (version < OLDEST_DRIVER) {
                return unavailable(
                        "the driver serves CUDA " + version / 1000 + "." + version % 1000 / 10
                                + ", 12.0 is needed. Update NVIDIA's driver to 525 or newer.",
                        driver,
                        cublas);
            }
            if (calls.deviceCount() == 0) {
                return unavailable(noDevice(), driver, cublas);
            }
            found = NativeLibraries.loadCublas();
            cublas = found.found().orElse("not found");
            if (found.found().isEmpty()) {
                return unavailable(
                        "libcublas.so.12 was not found (tried: " + String.join(", ", found.tried()) + ").",
                        driver,
                        cublas);
            }
            CudaBlas.load();
            return new CudaProbe(Optional.empty(), driver, cublas);
        } catch (CudaException e) {
            boolean none = e.code().equals("CUDA_ERROR_NO_DEVICE");
            return unavailable(none ? noDevice() : e.getMessage(), driver, cublas);
        } catch (LinkageError | IOException e) {
            return unavailable("JCuda's libraries did not load: " + firstLine(e) + ".", driver, cublas);
        }
    }

    private static String noDevice() {
        return "the driver found no GPU. CUDA_VISIBLE_DEVICES may hide it.";
    }

    private static CudaProbe unavailable(String reason, String driver, String cublas) {
        return new CudaProbe(Optional.of(PREFIX + reason), driver, cublas);
    }

    private static String firstLine(Throwable e) {
        return String.valueOf(e.getMessage())
                .lines()
                .findFirst()
                .orElse(e.getClass().getSimpleName());
    }
}
