package dev.lamina.memory;

import dev.lamina.backend.Backends;
import dev.lamina.runtime.Memory;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * After each test class, what it allocated on the device must be gone: closed, or freed by the collector. Finds buffers
 * that were lost and owners that are still reachable. Registered for all tests.
 */
public final class LeakCheck implements BeforeAllCallback, AfterAllCallback {
    private static final ExtensionContext.Namespace SPACE = ExtensionContext.Namespace.create(LeakCheck.class);
    private static final int COLLECTIONS = 10;

    private static boolean applies(ExtensionContext context) {
        Class<?> type = context.getRequiredTestClass();
        return !type.isMemberClass() && !type.getPackageName().endsWith(".architecture");
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        if (applies(context)) {
            Memory.collect();
            context.getStore(SPACE).put("live", Backends.current().statistics().liveBytes());
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        Long before = context.getStore(SPACE).get("live", Long.class);
        if (before == null) {
            return;
        }
        long live = before + 1;
        for (int i = 0; i < COLLECTIONS && live > before; i++) {
            Memory.collect();
            live = Backends.current().statistics().liveBytes();
        }
        if (live > before) {
            throw new AssertionError(context.getRequiredTestClass().getSimpleName() + " left " + (live - before)
                    + " bytes on the device; " + Memory.liveReport());
        }
    }
}
