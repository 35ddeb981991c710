package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/** Which skips a promised GPU turns into failures. */
class NoSkipsTest {
    private static final TestAbortedException NO_FIXTURES = new TestAbortedException("no folder keras-golden");

    @Test
    void aSkipFailsWhereARealGpuIsPromised() {
        assertThat(NoSkips.judged(NO_FIXTURES, true))
                .isInstanceOf(AssertionError.class)
                .hasMessage("skipped, and -Dlamina.require.cuda=real allows none: no folder keras-golden")
                .hasCause(NO_FIXTURES);
    }

    @Test
    void elsewhereItStaysASkip() {
        assertThat(NoSkips.judged(NO_FIXTURES, false)).isSameAs(NO_FIXTURES);
    }

    @Test
    void aTestOfTheSimulatorStaysASkip() {
        Throwable skip =
                new TestAbortedException("Assumption failed: needs the simulated device: -Dlamina.simulated=DIR");
        assertThat(NoSkips.judged(skip, true)).isSameAs(skip);
    }

    @Test
    void aFailureStaysWhatItIs() {
        Throwable failure = new AssertionError("wrong");
        assertThat(NoSkips.judged(failure, true)).isSameAs(failure);
    }
}
