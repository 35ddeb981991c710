package dev.lamina.cli;

import dev.lamina.backend.Backend;
import dev.lamina.backend.Backends;

/** The values of {@code --backend}. */
enum BackendChoice implements Named {
    AUTO("auto"),
    CPU("cpu"),
    CUDA("cuda");

    private final String label;

    BackendChoice(String label) {
        this.label = label;
    }

    @Override
    public String label() {
        return label;
    }

    Backend use() {
        return Backends.use(label);
    }

    static String describe(Backend backend) {
        return backend.name().equals("cpu")
                ? "cpu, " + threads() + (threads() == 1 ? " thread" : " threads")
                : backend.name();
    }

    /** As the CPU backend counts them. */
    static int threads() {
        return Integer.getInteger("dev.lamina.cpu.threads", Runtime.getRuntime().availableProcessors());
    }

    static final class Converter extends NameConverter<BackendChoice> {
        Converter() {
            super(BackendChoice.values());
        }
    }
}
