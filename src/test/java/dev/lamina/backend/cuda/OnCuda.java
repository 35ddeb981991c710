package dev.lamina.backend.cuda;

import dev.lamina.backend.Backends;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Lets a test class run on the CUDA backend, whatever the others run on; after {@link SimulatedDevice}. */
public final class OnCuda implements BeforeAllCallback, AfterAllCallback {
    private String before = "cpu";

    @Override
    public void beforeAll(ExtensionContext context) {
        before = Backends.current().name().startsWith("cuda") ? "cuda" : "cpu";
        Backends.use("cuda");
    }

    @Override
    public void afterAll(ExtensionContext context) {
        Backends.use(before);
    }
}
