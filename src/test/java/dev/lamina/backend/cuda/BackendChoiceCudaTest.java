package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Which backend is taken on which machine, and the one line that says so; each a process of its own. */
@ExtendWith(SimulatedDevice.class)
class BackendChoiceCudaTest {
    private static final String NO_DRIVER =
            "No CUDA backend: libcuda.so.1 was not found (tried: library path, usual folders). Install "
                    + "NVIDIA's driver if the machine has a GPU.";

    @BeforeEach
    void simulated() {
        SimulatedDevice.assumeSimulated();
    }

    private static String[] device(String... more) {
        List<String> options = new ArrayList<>(Arrays.asList(more));
        options.add("-D" + NativeLibraries.DRIVER_PROPERTY + "="
                + SimulatedDevice.folder().orElseThrow().resolve("libcuda.so.1"));
        options.add("-D" + NativeLibraries.CUBLAS_PROPERTY + "="
                + SimulatedDevice.folder().orElseThrow().resolve("libcublas.so.12"));
        return options.toArray(String[]::new);
    }

    private static List<String> choose(Map<String, String> environment, String... options) throws Exception {
        List<String> all = new ArrayList<>(Arrays.asList(options));
        all.add("-Dlamina.log=INFO");
        return ChildProcess.start(ChoiceMain.class, all, environment).lines();
    }

    @Test
    void autoTakesCudaAndSaysWhatItFound() throws Exception {
        List<String> lines = choose(Map.of(), device());
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0))
                .startsWith("INFO Backends: Using cuda:0 (")
                .contains("compute capability", ", driver ", ", cuBLAS ")
                .endsWith(": chosen by auto.");
        assertThat(lines.get(1)).isEqualTo("current cuda:0");
    }

    @Test
    void autoTakesTheCpuWithoutADriverAndSaysWhy() throws Exception {
        assertThat(choose(Map.of()))
                .containsExactly(
                        "INFO Backends: " + NO_DRIVER + " Using cpu. \"lamina doctor\" tells more.", "current cpu");
    }

    @Test
    void autoTakesTheCpuWithoutADevice() throws Exception {
        assertThat(choose(Map.of("LAMINA_SIM_DEVICES", "0"), device()))
                .containsExactly(
                        "INFO Backends: No CUDA backend: the driver found no GPU. CUDA_VISIBLE_DEVICES may hide it. "
                                + "Using cpu. \"lamina doctor\" tells more.",
                        "current cpu");
    }

    @Test
    void autoTakesTheCpuWithAnOldDriver() throws Exception {
        assertThat(choose(Map.of("LAMINA_SIM_DRIVER_VERSION", "11040"), device()))
                .containsExactly(
                        "INFO Backends: No CUDA backend: the driver serves CUDA 11.4, 12.0 is needed. Update NVIDIA's "
                                + "driver to 525 or newer. Using cpu. \"lamina doctor\" tells more.",
                        "current cpu");
    }

    @Test
    void autoTakesTheCpuWithoutCublas() throws Exception {
        List<String> lines = choose(Map.of("CUDA_HOME", "/nowhere"), device()[0]);
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0))
                .startsWith("INFO Backends: No CUDA backend: neither libcublas.so.12 nor libcublas.so.13 can be "
                        + "used (tried: ")
                .endsWith(" Using cpu. \"lamina doctor\" tells more.");
        assertThat(lines.get(1)).isEqualTo("current cpu");
    }

    @Test
    void autoTakesTheCpuIfTheDeviceHasTooLittleMemory() throws Exception {
        List<String> lines = choose(Map.of("LAMINA_SIM_MEMORY", "1000000"), device());
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0))
                .startsWith(
                        "INFO Backends: No CUDA backend: [cuda:0] allocating 33554432 bytes of workspace for cuBLAS "
                                + "failed: CUDA_ERROR_OUT_OF_MEMORY.")
                .endsWith(" Using cpu. \"lamina doctor\" tells more.");
        assertThat(lines.get(1)).isEqualTo("current cpu");
    }

    @Test
    void whatIsAskedForByNameIsLoggedToo() throws Exception {
        assertThat(choose(Map.of(), device("-Ddev.lamina.backend=cpu")))
                .hasSize(2)
                .first()
                .asString()
                .startsWith("INFO Backends: Using cpu, ")
                .endsWith(": asked for by dev.lamina.backend.");
        assertThat(choose(Map.of("LAMINA_BACKEND", "cuda"), device()))
                .hasSize(2)
                .first()
                .asString()
                .startsWith("INFO Backends: Using cuda:0 (")
                .endsWith(": asked for by LAMINA_BACKEND.");
    }

    @Test
    void cudaAskedForByNameFailsWithTheReason() throws Exception {
        assertThat(choose(Map.of(), "-Ddev.lamina.backend=cuda")).containsExactly("refused: " + NO_DRIVER);
    }
}
