package dev.lamina.backend.cpu;

import dev.lamina.backend.Backend;
import dev.lamina.backend.BackendProvider;
import java.util.LinkedHashMap;
import java.util.Map;

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

    /**
     * The C loops, which nearly every step calls. oneDNN takes longer and is loaded by the first model that needs it.
     */
    @Override
    public void warmUp() {
        Products.link();
    }

    @Override
    public Backend backend() {
        return Holder.BACKEND;
    }

    @Override
    public Map<String, Object> diagnosis() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("matrix products", OneDnn.status());
        facts.put("loops", Loops.PRESENT ? "in C" : "in plain Java");
        return facts;
    }
}
