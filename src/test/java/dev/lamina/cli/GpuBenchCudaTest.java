package dev.lamina.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import dev.lamina.backend.Backends;
import dev.lamina.backend.cuda.SimulatedDevice;
import java.util.ArrayList;
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

    /** So that the rest of a run on a machine that is there for an hour is not lost. */
    @Test
    void aCaseThatFailsSaysWhyAndTheNextIsMeasured() {
        SimulatedDevice.assumeSimulated();
        assumeTrue(SimulatedDevice.isGenerous(), "needs a cublasLt that adds biases");
        SimulatedDevice.fail("cublasLtMatmul", 1, 13);
        Object[] options = {
            "--backend", "cuda", "--json", "--repeats", 1, "--seconds", 0.001, "--warmup", 0, "--gate", 0
        };
        List<Object> arguments = new ArrayList<>(List.of("bench", "--case", "gemm-bias-relu-bf16", "--case", "copy"));
        arguments.addAll(List.of("--shrink", 64));
        arguments.addAll(List.of(options));
        Run run = Run.of(arguments.toArray());
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.out()).hasSize(3);
        assertThat(run.out().get(1))
                .startsWith(
                        "{\"peer\":\"lamina\",\"version\":\"cuda:0\",\"case\":\"gemm-bias-relu-bf16\",\"threads\":2,"
                                + "\"error\":\"[cuda:0] multiplying bfloat16 matrices with RELU_BIAS, m 128 n 64 k 64,")
                .contains("CUBLAS_STATUS_EXECUTION_FAILED");
        assertThat(run.out().get(2)).contains("\"case\":\"copy\"", "\"gb_per_s\":");
    }
}
