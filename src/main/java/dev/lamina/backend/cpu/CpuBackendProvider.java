package dev.lamina.backend.cpu;

import dev.lamina.backend.Backend;
import dev.lamina.backend.BackendProvider;

/** Announces the CPU backend, which works everywhere. */
public final class CpuBackendProvider implements BackendProvider {
    private static final class Holder {
        static final CpuBackend BACKEND = new CpuBackend(
                Integer.getInteger(
                        "dev.lamina.cpu.threads", Runtime.getRuntime().availableProcessors()),
                Long.getLong("dev.lamina.cpu.memoryLimit", Long.MAX_VALUE));
    }

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public int priority() {
        return 0;
    }

    /** oneDNN's library is large. */
    @Override
    public void warmUp() {
        OneDnn.instance();
    }

    @Override
    public Backend backend() {
        return Holder.BACKEND;
    }
}
