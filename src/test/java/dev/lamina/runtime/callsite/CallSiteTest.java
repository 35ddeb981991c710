package dev.lamina.runtime.callsite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lamina.errors.ReleasedTensorException;
import dev.lamina.runtime.Memory;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.runtime.Variables;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import org.junit.jupiter.api.Test;

/** Messages name the user's line. In a package of its own, since the runtime's own frames are passed over. */
class CallSiteTest {
    @Test
    void aReleasedTensorNamesTheLineThatClosedItsScope() {
        Tensor escaped;
        try (Scope scope = Scope.open()) {
            escaped = Ops.zeros(10);
        }
        assertThatThrownBy(escaped::toHost)
                .isInstanceOf(ReleasedTensorException.class)
                .hasMessageMatching("Tensor \"fill\" float32 \\(10,\\) was released when its scope closed at "
                        + "CallSiteTest\\.java:\\d+\\. Keep it with scope\\.keep\\(tensor\\)\\.");
    }

    @Test
    void theReportNamesTheLineThatAllocated() {
        assumeTrue(Boolean.getBoolean("dev.lamina.trackTensors"), "needs -Ddev.lamina.trackTensors=true");
        try (Scope scope = Scope.open()) {
            Tensor result = Ops.square(Ops.zeros(7, 11, 13));
            Variable weight = Variables.create("my_weight", HostArray.of(new float[] {1}), true);
            assertThat(Memory.liveReport())
                    .containsPattern("1 x square float32 \\(7, 11, 13\\) allocated at CallSiteTest\\.java:\\d+")
                    .containsPattern("1 x variable my_weight float32 \\(1,\\) allocated at CallSiteTest\\.java:\\d+");
            assertThat(result.shape()).hasToString("(7, 11, 13)");
            weight.close();
        }
    }
}
