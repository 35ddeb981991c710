package dev.lamina.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lamina.backend.Backends;
import dev.lamina.backend.cuda.SimulatedDevice;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the doctor says where there is a device. */
@ExtendWith(SimulatedDevice.class)
class DoctorCudaTest {
    private static final int UNSUPPORTED_PTX_VERSION = 222;
    private static final int ILLEGAL_ADDRESS = 700;

    @AfterEach
    void backToCuda() {
        Backends.use("cuda");
    }

    @Test
    void namesTheDeviceTheLibrariesAndTheTimes() {
        Run run = Run.of("doctor", "--json");
        assertThat(run.exitCode()).isZero();
        JsonObject facts = JsonParser.parseString(run.all()).getAsJsonObject();
        JsonObject cuda = facts.getAsJsonObject("cuda");
        assertThat(cuda.keySet())
                .contains(
                        "kernel module",
                        "device files",
                        "container",
                        "driver",
                        "cublas",
                        "cublaslt",
                        "looked at",
                        "passed over",
                        "device",
                        "compute capability",
                        "memory MiB",
                        "cublas version",
                        "cublaslt version",
                        "compiled kernels")
                .doesNotContain("problem");
        assertThat(cuda.get("compute capability").getAsString()).matches("\\d+\\.\\d");
        JsonObject epilogues = cuda.getAsJsonObject("epilogues of cublaslt");
        assertThat(epilogues.keySet())
                .containsExactly(
                        "BIAS of float32",
                        "RELU_BIAS of float32",
                        "GELU_BIAS of float32",
                        "BIAS_GRADIENT of float32",
                        "BIAS of bfloat16",
                        "RELU_BIAS of bfloat16",
                        "GELU_BIAS of bfloat16",
                        "BIAS_GRADIENT of bfloat16",
                        "BIAS of float16",
                        "RELU_BIAS of float16",
                        "GELU_BIAS of float16",
                        "BIAS_GRADIENT of float16");
        for (String epilogue : epilogues.keySet()) {
            JsonObject found = epilogues.getAsJsonObject(epilogue);
            // A GPU may not serve one; nor keep NaN in relu, or know another gelu, which are not used then.
            if (SimulatedDevice.isGenerous() || found.get("served").getAsBoolean() && found.has("right")) {
                assertThat(found.get(epilogue.startsWith("BIAS") ? "right" : "used")
                                .getAsBoolean())
                        .as(epilogue)
                        .isTrue();
            }
        }
        JsonObject kernels = cuda.getAsJsonObject("kernels");
        assertThat(kernels.keySet()).containsExactly("of a training step", "all");
        for (String which : kernels.keySet()) {
            for (String time : new String[] {"cold milliseconds", "warm milliseconds"}) {
                assertThat(kernels.getAsJsonObject(which).get(time).getAsDouble())
                        .as("%s of %s", time, which)
                        .isPositive();
            }
        }
        assertThat(kernels.getAsJsonObject("of a training step")
                        .getAsJsonObject("milliseconds by kernel")
                        .keySet())
                .hasSize(12)
                .contains("row_program", "adam_f32");
        assertThat(kernels.getAsJsonObject("all")
                        .getAsJsonObject("milliseconds by family")
                        .keySet())
                .contains("elementwise_binary", "optimizer");
        assertThat(cuda.getAsJsonArray("ops that run by their definition where no kernel fits"))
                .extracting(JsonElement::getAsString)
                .containsExactly(
                        "biased_conv",
                        "casts",
                        "fused_elementwise",
                        "fused_sequence",
                        "linear",
                        "pooled_conv",
                        "pooled_conv_backward");
        assertThat(cuda.get("ops on the host").getAsString())
                .isEqualTo("none of Lamina's; a user's own op that has no definition and allows it"
                        + " (CustomOp.mayWaitForHost)");
        for (String computation : new String[] {"matmul on cuda", "relu on cuda", "matmul on cpu", "relu on cpu"}) {
            assertThat(facts.getAsJsonObject(computation).get("right").getAsBoolean())
                    .as(computation)
                    .isTrue();
        }
    }

    @Test
    void aKernelThatDoesNotLoadIsAProblemAndTheOthersAreTimed() {
        SimulatedDevice.assumeSimulated();
        Backends.use("cuda");
        SimulatedDevice.fail("cuModuleLoadDataEx", 1, UNSUPPORTED_PTX_VERSION);
        Run run = Run.of("doctor", "--json");
        JsonObject facts = JsonParser.parseString(run.all()).getAsJsonObject();
        JsonObject kernels = facts.getAsJsonObject("cuda").getAsJsonObject("kernels");
        JsonObject step = kernels.getAsJsonObject("of a training step").getAsJsonObject("milliseconds by kernel");
        List<String> failed = step.keySet().stream()
                .filter(kernel -> step.get(kernel).isJsonObject())
                .toList();
        assertThat(failed).hasSize(1);
        assertThat(step.getAsJsonObject(failed.getFirst()).get("problem").getAsString())
                .isEqualTo("[cuda:0] loading " + failed.getFirst()
                        + " failed: CUDA_ERROR_UNSUPPORTED_PTX_VERSION. Update the NVIDIA driver.");
        assertThat(step.keySet()).hasSize(12);
        assertThat(kernels.keySet()).containsExactly("of a training step", "all");
        assertThat(facts.getAsJsonObject("matmul on cuda").get("right").getAsBoolean())
                .isTrue();
        assertThat(run.exitCode()).isEqualTo(1);
    }

    @Test
    void aDeviceThatIsLostMeanwhileIsNotRight() {
        SimulatedDevice.assumeSimulated();
        Backends.use("cuda");
        SimulatedDevice.fail("cuModuleLoadDataEx", 1, ILLEGAL_ADDRESS);
        Run run = Run.of("doctor", "--json");
        SimulatedDevice.takeProblems();
        SimulatedDevice.reset(0);
        JsonObject facts = JsonParser.parseString(run.all()).getAsJsonObject();
        assertThat(facts.getAsJsonObject("matmul on cuda").get("right").getAsBoolean())
                .isFalse();
        assertThat(run.exitCode()).isEqualTo(1);
    }

    @Test
    void productsInTf32AreRight() {
        System.setProperty("dev.lamina.cuda.tf32", "true");
        Run run;
        try {
            run = Run.of("doctor", "--json");
        } finally {
            System.clearProperty("dev.lamina.cuda.tf32");
        }
        JsonObject facts = JsonParser.parseString(run.all()).getAsJsonObject();
        assertThat(facts.getAsJsonObject("cuda").get("products of float32").getAsString())
                .isEqualTo("TF32, as dev.lamina.cuda.tf32 says");
        JsonObject product = facts.getAsJsonObject("matmul on cuda");
        assertThat(product.get("right").getAsBoolean()).as(product.toString()).isTrue();
        assertThat(run.exitCode()).isZero();
    }

    @Test
    void isReadableOnATerminal() {
        Run run = Run.of("doctor");
        assertThat(run.all())
                .contains(
                        "cuda: available: cuda:0 (",
                        "cuda:\n  kernel module: ",
                        "  passed over: none",
                        "  ops that run by their definition where no kernel fits:\n    biased_conv\n    casts\n    fused_elementwise\n    fused_sequence\n    linear\n    pooled_conv\n",
                        "  ops on the host: none of Lamina's; ",
                        "relu on cuda:");
    }
}
