package dev.lamina.backend.cuda;

import dev.lamina.backend.Backend;
import dev.lamina.backend.BackendProvider;
import dev.lamina.errors.BackendUnavailableException;
import dev.lamina.errors.CudaException;
import org.jspecify.annotations.Nullable;

/** Announces the CUDA backend, for machines with a GPU, NVIDIA's driver and cuBLAS 12. */
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

    private static synchronized CudaBackend opened() {
        CudaBackend known = backend;
        if (known == null) {
            CudaProbe.result().require();
            known = open();
            backend = known;
        }
        return known;
    }

    private static CudaBackend open() {
        int ordinal = Integer.getInteger("dev.lamina.cuda.device", 0);
        try {
            return new CudaBackend(
                    new CudaDevice(ordinal), Long.getLong("dev.lamina.cuda.memoryLimit", Long.MAX_VALUE));
        } catch (CudaException e) {
            throw new BackendUnavailableException("No CUDA backend: " + e.getMessage(), e);
        }
    }
}
