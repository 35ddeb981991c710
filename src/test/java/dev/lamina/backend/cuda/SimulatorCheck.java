package dev.lamina.backend.cuda;

import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Asks the simulated device after each test what went wrong, and lets the test fail if anything did. Registered for all
 * tests; does nothing where they don't run on the simulated device.
 */
public final class SimulatorCheck implements BeforeEachCallback, AfterEachCallback {
    @Override
    public void beforeEach(ExtensionContext context) {
        if (SimulatedDevice.isSimulated()) {
            SimulatedDevice.reset(context.getUniqueId().hashCode());
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (!SimulatedDevice.isSimulated()) {
            return;
        }
        SimulatedDevice.checkMemory();
        List<String> problems = SimulatedDevice.takeProblems();
        SimulatedDevice.reset(0);
        if (!problems.isEmpty()) {
            throw new AssertionError("the simulated device found:\n  " + String.join("\n  ", problems));
        }
    }
}
