package dev.lamina.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import com.google.gson.JsonObject;
import dev.lamina.backend.Backends;
import dev.lamina.backend.cuda.SimulatedDevice;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The same cases on a device: they reach what a user's {@code fit} reaches. */
@ExtendWith(SimulatedDevice.class)
class GpuBenchCudaTest {
    @AfterEach
    void backToCuda() {
        Backends.use("cuda");
    }

    @Test
    void everyCaseRunsAndATinyTrainingIsOneLaunch() {
        List<JsonObject> lines = GpuBenchTest.run("--backend", "cuda", "--case", "gpu", "--shrink", 512);
        assertThat(lines).hasSize(15).allSatisfy(line -> {
            assertThat(line.get("version").getAsString()).isEqualTo("cuda:0");
            assertThat(line.get("step_us").getAsDouble()).isPositive();
        });
        Map<String, String> execution = lines.stream()
                .filter(line -> line.has("execution"))
                .collect(Collectors.toMap(
                        line -> line.get("case").getAsString(),
                        line -> line.get("execution").getAsString().replaceAll(" by .*", "")));
        assertThat(execution)
                .containsOnly(
                        entry("fit-tiny", "many steps a launch"),
                        entry("fit-tiny-graph", "one graph a step"),
                        entry("fit-mlp-b128", "one graph a step"),
                        entry("fit-u8", "one graph a step"),
                        entry("fit-u8-stream", "one graph a step"));
    }
}
