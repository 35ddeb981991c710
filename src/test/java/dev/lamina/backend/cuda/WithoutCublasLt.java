package dev.lamina.backend.cuda;

import java.io.IOException;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Lets a test class run without cublasLt, which adds up in an order of its own: compiled steps then give the bits of
 * single ops. Does nothing on the CPU.
 */
public final class WithoutCublasLt implements BeforeAllCallback, AfterAllCallback {
    /** What runs without it. */
    public interface Action {
        void run() throws IOException;
    }

    /** Runs an action without it, in a class that has it otherwise. */
    public static void run(Action action) throws IOException {
        System.setProperty(CudaLt.PROPERTY, "off");
        try {
            action.run();
        } finally {
            System.clearProperty(CudaLt.PROPERTY);
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        System.setProperty(CudaLt.PROPERTY, "off");
    }

    @Override
    public void afterAll(ExtensionContext context) {
        System.clearProperty(CudaLt.PROPERTY);
    }
}
