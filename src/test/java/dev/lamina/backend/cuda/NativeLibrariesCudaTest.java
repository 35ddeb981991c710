package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** JCuda's libraries, unpacked by several processes at once. */
@ExtendWith(SimulatedDevice.class)
class NativeLibrariesCudaTest {
    private static final int PROCESSES = 4;

    @TempDir
    private Path folder;

    @Test
    void processesThatStartAtOnceShareOnePrivateFolder() throws Exception {
        SimulatedDevice.assumeSimulated();
        Path cache = Files.createDirectory(folder.resolve("cache"));
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        Path simulated = SimulatedDevice.folder().orElseThrow();
        List<String> options = List.of(
                "-Djava.io.tmpdir=" + temporary,
                "-D" + NativeLibraries.DRIVER_PROPERTY + "=" + simulated.resolve("libcuda.so.1"),
                "-D" + NativeLibraries.CUBLAS_PROPERTY + "=" + simulated.resolve("libcublas.so.12"));
        List<ChildProcess> children = new ArrayList<>();
        for (int i = 0; i < PROCESSES; i++) {
            children.add(ChildProcess.probe(options, Map.of("XDG_CACHE_HOME", cache.toString())));
        }
        for (ChildProcess child : children) {
            assertThat(child.lines()).containsExactly("backend cuda:0", "backend cuda:0");
        }
        List<Path> files;
        try (Stream<Path> all = Files.walk(cache)) {
            files = all.filter(Files::isRegularFile).toList();
        }
        assertThat(files)
                .extracting(file -> file.getFileName().toString())
                .containsExactlyInAnyOrder(
                        "libJCudaDriver-12.6.0-linux-x86_64.so", "libJCublas2-12.6.0-linux-x86_64.so");
        for (Path file : files) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
                    .isEqualTo("rwx------");
        }
        try (Stream<Path> left = Files.list(temporary)) {
            assertThat(left.map(file -> file.getFileName().toString()).filter(name -> name.startsWith("lib")))
                    .as("libraries in the shared temporary folder")
                    .isEmpty();
        }
    }
}
