package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Which elements global pooling counts. */
class GlobalPoolingTest {
    private final Tensor x = Ops.tensor(new float[] {1, 10, 2, 20, 6, 60}, 1, 3, 2);
    private final Tensor mask = Ops.cast(Ops.tensor(new int[] {1, 0, 1}, 1, 3), DType.BOOL);

    @Test
    void theMeanOverStepsCountsUnmaskedStepsAlone() {
        GlobalAveragePooling1D layer = new GlobalAveragePooling1D();
        assertThat(layer.apply(x).toFloatArray()).containsExactly(3, 30);
        assertThat(layer.apply(x, CallOptions.mask(mask)).toFloatArray()).containsExactly(3.5f, 35);
        GlobalAveragePooling1D kept = new GlobalAveragePooling1D(true);
        assertThat(kept.apply(x, CallOptions.mask(mask)).shape()).hasToString("(1, 1, 2)");
    }

    @Test
    void theMaximumTakesNoMask() {
        GlobalMaxPooling1D layer = new GlobalMaxPooling1D();
        assertThat(layer.apply(x, CallOptions.mask(mask)).toFloatArray()).containsExactly(6, 60);
    }
}
