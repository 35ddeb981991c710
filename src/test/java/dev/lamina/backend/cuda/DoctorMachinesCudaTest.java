package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lamina.cli.Main;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the doctor says on machines with this or that cuBLAS, in containers and odd places; each a process of its own.
 */
@ExtendWith(SimulatedDevice.class)
class DoctorMachinesCudaTest {
    private static final String NO_CUBLAS =
            "No CUDA backend: neither libcublas.so.12 nor libcublas.so.13 can be used (";

    @TempDir
    private static Path built;

    private static FakeLibraries libraries;

    @TempDir
    private Path folder;

    /** The doctor's exit code, and what it said of all and of CUDA. */
    private record Report(int exitCode, JsonObject facts) {
        JsonObject cuda() {
            return facts.getAsJsonObject("cuda");
        }

        String of(String name) {
            return cuda().get(name).getAsString();
        }

        String availability() {
            return facts.getAsJsonObject("backends").get("cuda").getAsString();
        }

        List<String> passedOver() {
            return cuda().getAsJsonArray("passed over").asList().stream()
                    .map(JsonElement::getAsString)
                    .toList();
        }

        Optional<String> advice() {
            return Optional.ofNullable(cuda().get("advice")).map(JsonElement::getAsString);
        }
    }

    @BeforeAll
    static void build() throws Exception {
        SimulatedDevice.assumeSimulated();
        libraries = new FakeLibraries(SimulatedDevice.folder().orElseThrow(), built);
    }

    private static String driver() {
        return "-D" + NativeLibraries.DRIVER_PROPERTY + "="
                + SimulatedDevice.folder().orElseThrow().resolve("libcuda.so.1");
    }

    private Path home() {
        return folder.resolve("cuda").resolve("lib64");
    }

    /** With a driver, and CUDA_HOME as the place of cuBLAS. */
    private Report doctor(Map<String, String> environment) throws Exception {
        return doctor(List.of(), environment, driver());
    }

    private Report doctor(List<String> before, Map<String, String> environment, String... options) throws Exception {
        Map<String, String> all = new HashMap<>(Map.of(
                "PATH", "/usr/bin:/bin",
                "CUDA_HOME", folder.resolve("cuda").toString(),
                "CUDA_CACHE_PATH", folder.resolve("compiled").toString(),
                "XDG_CACHE_HOME", folder.resolve("cache").toString()));
        all.putAll(environment);
        List<String> command = new ArrayList<>(before);
        command.addAll(ChildProcess.command(Main.class, List.of(libraries.bridgeClasses()), List.of(options)));
        command.addAll(List.of("doctor", "--json"));
        ChildProcess.Ended ended = ChildProcess.start(command, all).ended();
        int start = ended.output().indexOf("{\n");
        assertThat(start).as(ended.output()).isNotNegative();
        String json = ended.output().substring(start, ended.output().lastIndexOf('}') + 1);
        return new Report(ended.exitCode(), JsonParser.parseString(json).getAsJsonObject());
    }

    private static void checkComputes(Report report) {
        assertThat(report.availability()).startsWith("available: cuda:0");
        assertThat(report.facts().getAsJsonObject("matmul on cuda").get("right").getAsBoolean())
                .isTrue();
        assertThat(report.cuda().keySet()).contains("kernels").doesNotContain("problem");
        assertThat(report.exitCode()).isZero();
    }

    private static void checkLacksCublas(Report report) {
        assertThat(report.of("problem")).startsWith(NO_CUBLAS);
        assertThat(report.availability()).isEqualTo("not available: " + report.of("problem"));
        assertThat(report.of("cublas")).isEqualTo("not found");
        assertThat(report.facts().keySet()).contains("matmul on cpu").doesNotContain("matmul on cuda");
        assertThat(report.exitCode()).isZero();
    }

    @Test
    void twelve() throws Exception {
        Path twelve = libraries.twelve(home());
        Report report = doctor(Map.of());
        checkComputes(report);
        assertThat(report.of("cublas")).isEqualTo(twelve.toString());
        assertThat(report.passedOver()).isEmpty();
        assertThat(report.advice()).isEmpty();
    }

    @Test
    void thirteen() throws Exception {
        Path thirteen = libraries.thirteen(home());
        Report report = doctor(Map.of());
        checkComputes(report);
        assertThat(report.of("cublas")).startsWith(thirteen + " through the bridge");
        assertThat(report.passedOver()).isEmpty();
        assertThat(report.advice()).isEmpty();
    }

    @Test
    void neither() throws Exception {
        Files.createDirectories(home());
        Report report = doctor(Map.of());
        checkLacksCublas(report);
        assertThat(report.passedOver()).isEmpty();
        assertThat(report.advice()).isEmpty();
    }

    @Test
    void cutShort() throws Exception {
        Path wrong = libraries.cutShort(home(), 20_000);
        Report report = doctor(Map.of());
        checkLacksCublas(report);
        assertThat(report.passedOver()).hasSize(1);
        assertThat(report.passedOver().getFirst()).startsWith(wrong + " is cut short: it has 20000 of at least ");
        assertThat(report.advice()).isEmpty();
    }

    @Test
    void anotherProcessors() throws Exception {
        Path wrong = libraries.forAnotherProcessor(home());
        libraries.thirteen(home());
        Report report = doctor(Map.of());
        checkComputes(report);
        assertThat(report.passedOver()).containsExactly(wrong + " is for another processor, aarch64; this is x86_64");
    }

    @Test
    void aCacheThatCannotBeWritten() throws Exception {
        libraries.twelve(home());
        Path file = Files.createFile(folder.resolve("file"));
        Report report = doctor(Map.of("CUDA_CACHE_PATH", file.toString()));
        checkComputes(report);
        assertThat(report.advice())
                .contains("The driver can't keep compiled kernels, so that each start compiles them anew. Set "
                        + "CUDA_CACHE_PATH to a folder that can be written.");
    }

    @Test
    void aCacheFolderThatTheLocaleCannotName() throws Exception {
        libraries.twelve(home());
        // The shell makes the bytes of an o with two dots, whatever this process's own locale is.
        String script = "XDG_CACHE_HOME=\"$XDG_CACHE_HOME$(printf '/j\\303\\266rg')\" exec \"$@\"";
        Report report = doctor(
                List.of("sh", "-c", script, "sh"),
                Map.of("LC_ALL", "C"),
                driver(),
                "-Duser.home=" + folder.resolve("home"));
        checkComputes(report);
        assertThat(report.facts().getAsJsonObject("cache folder").get("path").getAsString())
                .isEqualTo(folder.resolve("home/.cache/lamina").toString());
    }

    @Test
    void aContainerWithoutADriver() throws Exception {
        assumeFalse(Files.exists(Path.of("/proc/driver/nvidia")), "this machine has a driver");
        Report report = doctor(List.of(), Map.of("APPTAINER_CONTAINER", "/ada.sif"));
        assertThat(report.cuda().get("container").getAsBoolean()).isTrue();
        assertThat(report.of("driver")).isEqualTo("not found");
        assertThat(report.advice())
                .contains("This is a container of Apptainer that was given no GPU: start it with --nv.");
        assertThat(report.exitCode()).isZero();
    }

    @Test
    void aContainerWithADriverAndNoDevice() throws Exception {
        assumeFalse(Files.exists(Path.of("/dev/nvidia0")), "this machine, or container, was given a GPU");
        libraries.twelve(home());
        Report report = doctor(Map.of("APPTAINER_CONTAINER", "/ada.sif", "LAMINA_SIM_DEVICES", "0"));
        assertThat(report.of("problem"))
                .isEqualTo("No CUDA backend: the driver found no GPU. CUDA_VISIBLE_DEVICES may hide it.");
        assertThat(report.advice())
                .contains("This is a container of Apptainer that was given no GPU: start it with --nv.");
        assertThat(report.exitCode()).isZero();
    }
}
