package dev.lamina.fuzz;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Some of the models that {@link ModelFuzz} makes. */
final class ModelFuzzTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void tracedEqualsEager(long seed) {
        new ModelFuzz(seed).tracedEqualsEager();
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15})
    void savedGoesOnTheSame(long seed, @TempDir Path folder) throws IOException {
        new ModelFuzz(seed).savedGoesOnTheSame(folder);
    }

    @ParameterizedTest
    @ValueSource(longs = {16, 17, 18, 19, 20})
    void leavesNothing(long seed) {
        new ModelFuzz(seed).leavesNothing();
    }
}
