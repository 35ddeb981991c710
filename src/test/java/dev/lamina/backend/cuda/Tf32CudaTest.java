package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.layers.Dense;
import dev.lamina.models.Sequential;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Products of float32 are computed in float32, or with TF32's 10 bits of mantissa if the property says so. */
@ExtendWith({SimulatedDevice.class, OnCuda.class})
final class Tf32CudaTest {
    /** Rounded to 10 bits: 1. */
    private static final float FINE = 1 + 0x1p-12f;

    private static final int SIZE = 48;

    private static HostArray full(double value) {
        return HostArray.zeros(Shape.of(SIZE, SIZE), DType.FLOAT32).fill(i -> value);
    }

    private static <T> T withTf32(Supplier<T> action) {
        System.setProperty(CudaBlas.TF32, "true");
        try {
            return action.get();
        } finally {
            System.clearProperty(CudaBlas.TF32);
        }
    }

    private static double product(DType dtype) {
        return Ops.matmul(Ops.cast(Ops.tensor(full(FINE)), dtype), Ops.cast(Ops.tensor(full(1)), dtype))
                .toHost()
                .getDouble(0);
    }

    /** TF32 may be used, and need not be: for small products a GPU's library can have a faster kernel without it. */
    private static List<Double> allowed() {
        return SimulatedDevice.isGenerous() ? List.of((double) SIZE) : List.of((double) SIZE, (double) SIZE * FINE);
    }

    @Test
    void productsAreInFloat32UnlessAskedOtherwise() {
        assertThat(product(DType.FLOAT32)).isEqualTo(SIZE * FINE);
        assertThat(withTf32(() -> product(DType.FLOAT32))).isIn(allowed());
        assertThat(withTf32(() -> product(DType.FLOAT64))).isEqualTo(SIZE * (double) FINE);
        assertThat(withTf32(() -> product(DType.BFLOAT16))).isEqualTo(SIZE);
    }

    /** What a compiled step computes in was chosen when it was compiled. */
    @Test
    void soAreThoseOfCompiledSteps() {
        for (boolean tf32 : new boolean[] {false, true}) {
            try (Sequential model = Sequential.of(new Dense(SIZE, "relu"))) {
                model.buildFor(Shape.of(SIZE, SIZE));
                model.setWeightValues(List.of(full(1), HostArray.zeros(Shape.of(SIZE), DType.FLOAT32)));
                HostArray y = tf32 ? withTf32(() -> model.predict(full(FINE))) : model.predict(full(FINE));
                assertThat(y.getDouble(0)).as("TF32 %s", tf32).isIn(tf32 ? allowed() : List.of((double) SIZE * FINE));
            }
        }
    }
}
