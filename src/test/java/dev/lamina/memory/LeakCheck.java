package dev.lamina.memory;

import dev.lamina.backend.Backends;
import dev.lamina.runtime.Memory;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * After each test class, what it allocated on the device must be gone: closed, or freed by the collector. Finds buffers
 * that were lost and owners that are still reachable. Registered for all tests.
 */
public final class LeakCheck implements BeforeAllCallback, AfterAllCallback {
    private static final ExtensionContext.Namespace SPACE = ExtensionContext.Namespace.create(LeakCheck.class);
    /**
     * How long what is unreachable may take to be freed. The JVM's one thread for references is late at times: it also
     * gives back the memory of large buffers.
     */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** Collections without a pause take both cores from the compilers. */
    private static final Duration PAUSE = Duration.ofMillis(100);

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
        long live = liveOnceCollected(before);
        if (live > before) {
            throw new AssertionError(context.getRequiredTestClass().getSimpleName() + " left " + (live - before)
                    + " bytes on the device; " + Memory.liveReport());
        }
    }

    /**
     * The bytes in use on the device, once what is unreachable is freed: waits until they are no more than expected.
     */
    public static long liveOnceCollected(long expected) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        Memory.collect();
        long live = Backends.current().statistics().liveBytes();
        while (live > expected && System.nanoTime() < end) {
            LockSupport.parkNanos(PAUSE.toNanos());
            Memory.collect();
            live = Backends.current().statistics().liveBytes();
        }
        return live;
    }
}
