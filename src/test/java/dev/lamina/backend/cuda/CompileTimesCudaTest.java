package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.layers.Dense;
import dev.lamina.losses.SparseCategoricalCrossentropy;
import dev.lamina.models.FitOptions;
import dev.lamina.models.Sequential;
import dev.lamina.optimizers.Adam;
import dev.lamina.tensor.HostArray;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The kernels whose times the doctor tells are those of a real step. */
@ExtendWith(SimulatedDevice.class)
final class CompileTimesCudaTest {
    @Test
    void theKernelsOfATrainingStepAreThoseThatItLaunches() {
        KernelLibrary library = CudaTests.backend().library();
        Map<String, Long> before = new TreeMap<>();
        library.names().forEach(name -> before.put(name, library.launches(name)));
        try (Sequential model = Sequential.of(new Dense(20, "relu"), new Dense(6, "relu"), new Dense(4))) {
            model.compile(new Adam(), new SparseCategoricalCrossentropy(true));
            model.fit(
                    CudaTests.random(1, 8, 13),
                    HostArray.of(new int[] {0, 1, 2, 3, 3, 2, 1, 0}, 8),
                    FitOptions.epochs(1).batchSize(8).verbose(false));
        }
        before.entrySet().removeIf(each -> library.launches(each.getKey()) == each.getValue());
        if (SimulatedDevice.isGenerous()) {
            assertThat(before.keySet()).containsExactlyInAnyOrderElementsOf(CompileTimes.TRAINING_STEP);
        } else {
            // Where cublasLt does not serve a layer, there are launches for its bias beside these.
            assertThat(before.keySet()).containsAll(CompileTimes.TRAINING_STEP);
        }
    }
}
