package dev.lamina.backend.cuda;

import java.io.IOException;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Lets a test class run without cublasLt and without the steps of tiny networks in one launch, which add up in orders
 * of their own: compiled steps then give the bits of single ops. Does nothing on the CPU.
 */
public final class WithoutCublasLt implements BeforeAllCallback, AfterAllCallback {
    /** What runs without it. */
    public interface Action {
        void run() throws IOException;
    }

    /** Runs an action without it, in a class that has it otherwise. */
    public static void run(Action action) throws IOException {
        off();
        try {
            action.run();
        } finally {
            on();
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        off();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        on();
    }

    private static void off() {
        System.setProperty(CudaLt.PROPERTY, "off");
        System.setProperty(TinySteps.PROPERTY, "off");
    }

    private static void on() {
        System.clearProperty(CudaLt.PROPERTY);
        System.clearProperty(TinySteps.PROPERTY);
    }
}
