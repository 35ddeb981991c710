package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is said on machines that lack something; each a process of its own. */
@ExtendWith(SimulatedDevice.class)
class CudaProbeTest {
    @BeforeEach
    void simulated() {
        SimulatedDevice.assumeSimulated();
    }

    private static Path folder() {
        return SimulatedDevice.folder().orElseThrow();
    }

    private static String driver() {
        return "-D" + NativeLibraries.DRIVER_PROPERTY + "=" + folder().resolve("libcuda.so.1");
    }

    private static String cublas() {
        return "-D" + NativeLibraries.CUBLAS_PROPERTY + "=" + folder().resolve("libcublas.so.12");
    }

    private static void check(Map<String, String> environment, String message, String... options) throws Exception {
        assertThat(ChildProcess.probe(List.of(options), environment).lines()).containsExactly(message, message);
    }

    @Test
    void everythingIsThere() throws Exception {
        check(Map.of(), "backend cuda:0", driver(), cublas());
    }

    @Test
    void noDriver() throws Exception {
        check(
                Map.of(),
                "No CUDA backend: libcuda.so.1 was not found (tried: library path, usual folders). Install NVIDIA's driver "
                        + "if the machine has a GPU.");
    }

    @Test
    void aStandInThatIsMissing() throws Exception {
        check(
                Map.of(),
                "No CUDA backend: libcuda.so.1 was not found (tried: dev.lamina.cuda.driver; /nowhere/libcuda.so.1 does not "
                        + "exist). Install NVIDIA's driver if the machine has a GPU.",
                "-Ddev.lamina.cuda.driver=/nowhere/libcuda.so.1");
    }

    @Test
    void aNameThatTheLocaleCannotExpress() throws Exception {
        // The shell makes the bytes of an o with two dots, whatever this process's own locale is.
        String script = "java=$1; shift; exec \"$java\" \"-Ddev.lamina.cuda.driver=/j$(printf '\\303\\266')rg\" \"$@\"";
        List<String> command = new ArrayList<>(List.of("sh", "-c", script, "sh"));
        command.addAll(ChildProcess.command(ProbeMain.class, List.of(), List.of()));
        assertThat(ChildProcess.start(command, Map.of("LC_ALL", "C")).lines())
                .hasSize(2)
                .allMatch(line -> line.startsWith("No CUDA backend: this locale can't express the name of a file: ")
                        && line.endsWith("rg. Set LC_ALL to C.UTF-8."));
    }

    @Test
    void noCublas() throws Exception {
        check(
                Map.of("LAMINA_CUBLAS", "/nowhere"),
                "No CUDA backend: neither libcublas.so.12 nor libcublas.so.13 can be used (tried: LAMINA_CUBLAS; /nowhere does "
                        + "not exist). Install NVIDIA's CUDA toolkit or pip's nvidia-cublas, or set LAMINA_CUBLAS to the "
                        + "file.",
                driver());
    }

    @Test
    void noDevice() throws Exception {
        check(
                Map.of("LAMINA_SIM_DEVICES", "0"),
                "No CUDA backend: the driver found no GPU. CUDA_VISIBLE_DEVICES may hide it.",
                driver(),
                cublas());
    }

    @Test
    void aDriverThatIsTooOld() throws Exception {
        check(
                Map.of("LAMINA_SIM_DRIVER_VERSION", "11040"),
                "No CUDA backend: the driver serves CUDA 11.4, 12.0 is needed. Update NVIDIA's driver to 525 or newer.",
                driver(),
                cublas());
    }
}
