package dev.lamina.backend.cuda;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.opentest4j.TestAbortedException;

/**
 * Makes a skipped test a failed one under {@code -Dlamina.require.cuda=real}: on a machine with a GPU, with recorded
 * numbers beside it, nothing may be missing. Only a test that plants faults in the simulator still says so and is
 * skipped.
 */
public final class NoSkips implements TestExecutionExceptionHandler, LifecycleMethodExecutionExceptionHandler {
    /** How the reason of a test begins that means nothing on a GPU. */
    static final String SIMULATOR_ONLY = "needs the simulated device";

    /** Whether a real GPU is promised. */
    public static boolean isRequested() {
        return System.getProperty("lamina.require.cuda", "").equals("real");
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable thrown) throws Throwable {
        throw judged(thrown, isRequested());
    }

    @Override
    public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable thrown) throws Throwable {
        throw judged(thrown, isRequested());
    }

    @Override
    public void handleBeforeEachMethodExecutionException(ExtensionContext context, Throwable thrown) throws Throwable {
        throw judged(thrown, isRequested());
    }

    /** What a test's end means. */
    static Throwable judged(Throwable thrown, boolean requested) {
        if (requested
                && thrown instanceof TestAbortedException skip
                && !String.valueOf(skip.getMessage()).contains(SIMULATOR_ONLY)) {
            return new AssertionError(
                    "skipped, and -Dlamina.require.cuda=real allows none: " + skip.getMessage(), skip);
        }
        return thrown;
    }
}
