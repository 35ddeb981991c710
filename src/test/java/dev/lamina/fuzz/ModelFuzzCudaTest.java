package dev.lamina.fuzz;

import dev.lamina.backend.Backends;
import dev.lamina.backend.cuda.SimulatedDevice;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Some of the models that {@link ModelFuzz} makes, on CUDA. */
@ExtendWith(SimulatedDevice.class)
final class ModelFuzzCudaTest {
    @AfterEach
    void stayOnCuda() {
        Backends.use("cuda");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void asOnTheCpu(long seed) {
        new ModelFuzz(seed).backendsAgree("cpu", "cuda");
    }

    @ParameterizedTest
    @ValueSource(longs = {5, 6})
    void leavesNothing(long seed) {
        new ModelFuzz(seed).leavesNothing();
    }
}
