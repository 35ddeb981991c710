package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Which cuBLAS is taken from folders as machines have them; each search in a process of its own. */
@ExtendWith(SimulatedDevice.class)
class CublasSearchCudaTest {
    private static final String RUNS = "product right with ";

    @TempDir
    private static Path built;

    private static FakeLibraries libraries;

    @TempDir
    private Path folder;

    @BeforeAll
    static void build() throws Exception {
        SimulatedDevice.assumeSimulated();
        libraries = new FakeLibraries(SimulatedDevice.folder().orElseThrow(), built);
    }

    private ChildProcess start(Map<String, String> environment, boolean withBridge) throws Exception {
        return start(environment, withBridge, Path.of(""));
    }

    private ChildProcess start(Map<String, String> environment, boolean withBridge, Path directory) throws Exception {
        Map<String, String> all = new HashMap<>(environment);
        all.putIfAbsent("PATH", "/usr/bin:/bin");
        all.put("XDG_CACHE_HOME", folder.resolve("cache").toString());
        Path driver = SimulatedDevice.folder().orElseThrow().resolve("libcuda.so.1");
        List<Path> first = withBridge ? List.of(libraries.bridgeClasses()) : List.of();
        return ChildProcess.start(
                CublasMain.class,
                first,
                List.of("-D" + NativeLibraries.DRIVER_PROPERTY + "=" + driver),
                all,
                directory);
    }

    private String search(Map<String, String> environment) throws Exception {
        return String.join("\n", start(environment, true).lines());
    }

    private Path home(String name) {
        return folder.resolve(name).resolve("lib64");
    }

    private Map<String, String> cudaHome(String name) {
        return Map.of("CUDA_HOME", folder.resolve(name).toString());
    }

    @Test
    void twelveAlone() throws Exception {
        Path twelve = libraries.twelve(home("cuda"));
        assertThat(search(cudaHome("cuda"))).isEqualTo(RUNS + twelve);
    }

    @Test
    void thirteenAlone() throws Exception {
        Path thirteen = libraries.thirteen(home("cuda"));
        assertThat(search(cudaHome("cuda")))
                .isEqualTo(RUNS + thirteen + " through the bridge, which lacks 1 of its functions");
    }

    @Test
    void twelveBeforeThirteen() throws Exception {
        libraries.thirteen(home("cuda"));
        Path twelve = libraries.twelve(home("cuda"));
        assertThat(search(cudaHome("cuda"))).isEqualTo(RUNS + twelve);
    }

    @Test
    void neither() throws Exception {
        Files.createDirectories(home("cuda"));
        assertThat(search(cudaHome("cuda")))
                .matches(
                        "No CUDA backend: neither libcublas.so.12 nor libcublas.so.13 can be used \\(tried: library path, "
                                + "CUDA_HOME[^)]*\\)\\. Install NVIDIA's CUDA toolkit or pip's nvidia-cublas, or set LAMINA_CUBLAS "
                                + "to the file\\.");
    }

    @Test
    void anotherProcessorsIsPassedOver() throws Exception {
        Path wrong = libraries.forAnotherProcessor(home("cuda"));
        libraries.thirteen(home("cuda"));
        assertThat(search(cudaHome("cuda")))
                .startsWith(RUNS + home("cuda").resolve("libcublas.so.13") + " through the bridge")
                .endsWith("\n" + wrong + " is for another processor, aarch64; this is x86_64");
    }

    @Test
    void aFileCutShortIsPassedOver() throws Exception {
        Path wrong = libraries.cutShort(home("cuda"), 20_000);
        assertThat(search(cudaHome("cuda")))
                .startsWith("No CUDA backend: ")
                .contains(wrong + " is cut short: it has 20000 of at least ");
    }

    @Test
    void aFileCutShortOnTheLibraryPathIsPassedOver() throws Exception {
        Path wrong = libraries.cutShort(folder.resolve("path"), 20_000);
        Path twelve = libraries.twelve(home("cuda"));
        Map<String, String> environment = new HashMap<>(cudaHome("cuda"));
        environment.put("LD_LIBRARY_PATH", wrong.getParent().toString());
        assertThat(search(environment)).startsWith(RUNS + twelve + "\n" + wrong + " is cut short");
    }

    @Test
    void theLibraryPathComesFirst() throws Exception {
        Path twelve = libraries.twelve(folder.resolve("path"));
        libraries.twelve(home("cuda"));
        Map<String, String> environment = new HashMap<>(cudaHome("cuda"));
        environment.put("LD_LIBRARY_PATH", twelve.getParent().toString());
        assertThat(search(environment)).isEqualTo(RUNS + twelve);
    }

    @Test
    void pipsWheelsForAPythonOnThePath() throws Exception {
        Path environment = folder.resolve("venv");
        Path python = Files.createFile(
                Files.createDirectories(environment.resolve("bin")).resolve("python3"));
        assertThat(python.toFile().setExecutable(true)).isTrue();
        Path thirteen = libraries.thirteen(environment.resolve("lib/python3.12/site-packages/nvidia/cu13/lib"));
        assertThat(search(Map.of("PATH", python.getParent() + File.pathSeparator + "/usr/bin")))
                .startsWith(RUNS + thirteen + " through the bridge");
    }

    @Test
    void aChosenFileIsTheOnlyOneLookedAt() throws Exception {
        libraries.twelve(home("cuda"));
        Path thirteen = libraries.thirteen(folder.resolve("mine"));
        Map<String, String> environment = new HashMap<>(cudaHome("cuda"));
        environment.put("LAMINA_CUBLAS", thirteen.toString());
        assertThat(search(environment)).startsWith(RUNS + thirteen + " through the bridge");
    }

    @Test
    void aChosenFileThatIsSomethingElse() throws Exception {
        Path other = built.resolve("13/libcublasLt.so.13");
        assertThat(search(Map.of("LAMINA_CUBLAS", other.toString())))
                .contains("(tried: LAMINA_CUBLAS; " + other
                        + " is libcublasLt.so.13, not libcublas.so.12 or libcublas.so.13)");
    }

    @Test
    void aChosenFileThatIsNotThere() throws Exception {
        assertThat(search(Map.of("LAMINA_CUBLAS", "/nowhere/libcublas.so.12")))
                .contains("(tried: LAMINA_CUBLAS; /nowhere/libcublas.so.12 does not exist)");
    }

    @Test
    void thirteenNeedsADriverThatServesIt() throws Exception {
        Path thirteen = libraries.thirteen(home("cuda"));
        Map<String, String> environment = new HashMap<>(cudaHome("cuda"));
        environment.put("LAMINA_SIM_DRIVER_VERSION", "12080");
        assertThat(search(environment))
                .contains(thirteen + " needs a driver that serves CUDA 13, 580 or newer; this one serves CUDA 12.8");
    }

    @Test
    void twoProcessesAtOnceUnpackOneBridge() throws Exception {
        libraries.thirteen(home("cuda"));
        List<ChildProcess> children = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            children.add(start(cudaHome("cuda"), true));
        }
        for (ChildProcess child : children) {
            assertThat(String.join("\n", child.lines())).startsWith(RUNS).contains("through the bridge");
        }
        try (var files = Files.walk(folder.resolve("cache"))) {
            assertThat(files.filter(file -> file.endsWith("libcublas.so.12"))).hasSize(1);
        }
    }

    private Map<String, String> libraryPath(Path... folders) {
        String path = Stream.of(folders).map(Path::toString).collect(Collectors.joining(File.pathSeparator));
        return Map.of("LD_LIBRARY_PATH", path);
    }

    @Test
    void aBadFolderOnTheLibraryPathHidesNoGoodOne() throws Exception {
        Path wrong = libraries.forAnotherProcessor(folder.resolve("bad"));
        Path twelve = libraries.twelve(folder.resolve("good"));
        assertThat(search(libraryPath(twelve.getParent(), wrong.getParent()))).isEqualTo(RUNS + twelve);
        assertThat(search(libraryPath(wrong.getParent(), twelve.getParent())))
                .isEqualTo(RUNS + twelve + "\n" + wrong + " is for another processor, aarch64; this is x86_64");
    }

    /** The loader would take it with cuBLAS, and the process would end where it reads behind the file's end. */
    @Test
    void aCutCublasLtBesideAWholeCublas() throws Exception {
        Path bad = libraries.thirteen(folder.resolve("bad"));
        Path cut = bad.resolveSibling("libcublasLt.so.13");
        try (FileChannel file = FileChannel.open(cut, StandardOpenOption.WRITE)) {
            file.truncate(10_000);
        }
        assertThat(search(libraryPath(bad.getParent())))
                .startsWith("No CUDA backend: ")
                .contains(cut + " is cut short");
        assertThat(search(Map.of("LAMINA_CUBLAS", bad.toString())))
                .startsWith("No CUDA backend: ")
                .contains(cut + " is cut short");
        Path good = libraries.thirteen(home("cuda"));
        Map<String, String> environment = new HashMap<>(cudaHome("cuda"));
        environment.putAll(libraryPath(bad.getParent()));
        assertThat(search(environment))
                .startsWith(RUNS + good + " through the bridge")
                .contains(cut + " is cut short");
    }

    @Test
    void whatDoesNotLoadFromTheLibraryPathIsNamed() throws Exception {
        Path thirteen = libraries.thirteen(folder.resolve("path"));
        Files.delete(thirteen.resolveSibling("libcublasLt.so.13"));
        assertThat(search(libraryPath(thirteen.getParent())))
                .contains(thirteen + " does not load: libcublasLt.so.13: cannot open shared object file");
    }

    @Test
    void thirteenOnTheLibraryPathOfAnOldDriver() throws Exception {
        Path thirteen = libraries.thirteen(folder.resolve("path"));
        Map<String, String> environment = new HashMap<>(libraryPath(thirteen.getParent()));
        environment.put("LAMINA_SIM_DRIVER_VERSION", "12080");
        assertThat(search(environment))
                .contains(thirteen + " needs a driver that serves CUDA 13, 580 or newer; this one serves CUDA 12.8");
    }

    @Test
    void aCudaHomeThatIsNotThereIsNamed() throws Exception {
        assertThat(search(Map.of("CUDA_HOME", "/nowhere/cuda"))).contains("; CUDA_HOME, /nowhere/cuda, is no folder)");
    }

    @Test
    void aChosenFolder() throws Exception {
        Path twelve = libraries.twelve(folder.resolve("mine"));
        assertThat(search(Map.of("LAMINA_CUBLAS", twelve.getParent().toString())))
                .isEqualTo(RUNS + twelve);
        Path empty = Files.createDirectory(folder.resolve("empty"));
        assertThat(search(Map.of("LAMINA_CUBLAS", empty.toString())))
                .contains("(tried: LAMINA_CUBLAS; " + empty + " holds neither libcublas.so.12 nor libcublas.so.13)");
    }

    /** The loader looks for a bare name in its own folders, and a colon does not part a file's name. */
    @Test
    void aChosenFileInTheWorkingDirectoryOfAnyName() throws Exception {
        Path twelve = libraries.twelve(folder.resolve("a:b"));
        ChildProcess child = start(Map.of("LAMINA_CUBLAS", "libcublas.so.12"), true, twelve.getParent());
        assertThat(child.lines()).containsExactly(RUNS + twelve);
        assertThat(search(Map.of("LAMINA_CUBLAS", twelve.toString()))).isEqualTo(RUNS + twelve);
    }
}
