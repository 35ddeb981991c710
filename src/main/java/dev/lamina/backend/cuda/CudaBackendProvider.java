package dev.lamina.backend.cuda;

import dev.lamina.backend.Backend;
import dev.lamina.backend.BackendProvider;
import dev.lamina.errors.BackendUnavailableException;
import dev.lamina.errors.LaminaException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Announces the CUDA backend, for machines with a GPU, NVIDIA's driver and cuBLAS 12 or 13. */
public final class CudaBackendProvider implements BackendProvider {
    private static @Nullable CudaBackend backend;

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public int priority() {
        return 10;
    }

    @Override
    public Backend backend() {
        return opened();
    }

    @Override
    public Map<String, Object> diagnosis() {
        return CudaDiagnosis.of(this);
    }

    private static synchronized CudaBackend opened() {
        CudaBackend known = backend;
        if (known == null) {
            CudaProbe.result().require();
            known = open();
            backend = known;
        }
        Optional<String> lostBy = known.device().driver().lostBy();
        if (lostBy.isPresent()) {
            throw new BackendUnavailableException("No CUDA backend: the device is lost to this process since "
                    + lostBy.get() + ". Restart the process.");
        }
        return known;
    }

    /** For the simulated device, which can be repaired. */
    static synchronized void forgetLoss() {
        if (backend != null) {
            backend.device().driver().forgetLoss();
        }
    }

    private static CudaBackend open() {
        int ordinal = Integer.getInteger("dev.lamina.cuda.device", 0);
        try {
            return CudaBackend.open(ordinal, Long.getLong("dev.lamina.cuda.memoryLimit", Long.MAX_VALUE));
        } catch (LaminaException | LinkageError | UncheckedIOException | IllegalStateException e) {
            throw new BackendUnavailableException("No CUDA backend: " + e.getMessage(), e);
        }
    }
}
