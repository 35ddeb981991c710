package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The folders that are looked at on machines of several kinds, below a root that stands for each. */
final class LibraryPlacesTest {
    @TempDir
    private Path given;

    private Path root;

    @BeforeEach
    void followLinks() throws IOException {
        root = given.toRealPath();
    }

    private Path folder(String path) throws IOException {
        return Files.createDirectories(root.resolve(path));
    }

    private Path python(String path) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.createFile(file);
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return file;
    }

    private List<Path> cublas(Map<String, String> variables) {
        return folders(new LibraryPlaces(variables, root).cublas());
    }

    private static List<Path> folders(List<LibraryPlaces.Place> places) {
        return places.stream().map(LibraryPlaces.Place::folder).toList();
    }

    @Test
    void toolkitsNewestFirstAfterTheOneThatWasChosen() throws IOException {
        Path old = folder("usr/local/cuda-12.4/targets/x86_64-linux/lib");
        Path recent = folder("usr/local/cuda-13.0/lib64");
        Files.createSymbolicLink(root.resolve("usr/local/cuda"), root.resolve("usr/local/cuda-12.4"));
        assertThat(cublas(Map.of())).containsExactly(root.resolve("usr/local/cuda/targets/x86_64-linux/lib"), recent);
        assertThat(old).exists();
    }

    @Test
    void variablesComeBeforeTheUsualFolders() throws IOException {
        Path usual = folder("usr/lib64");
        Path home = folder("toolkit with space/lib64");
        Path conda = folder("conda/lib");
        Map<String, String> variables = Map.of(
                "CUDA_HOME", home.getParent().toString(),
                "CUDA_PATH", root.resolve("missing").toString(),
                "CONDA_PREFIX", conda.getParent().toString());
        assertThat(cublas(variables)).containsExactly(home, conda, usual);
        assertThat(new LibraryPlaces(variables, root).missing())
                .containsExactly("CUDA_PATH, " + root.resolve("missing") + ", is no folder");
    }

    @Test
    void aVariableThatSomethingWasAddedTo() throws IOException {
        Path home = folder("toolkit/lib64");
        String added = ":" + root.resolve("missing") + ":" + home.getParent();
        assertThat(cublas(Map.of("CUDA_HOME", added))).containsExactly(home);
        assertThat(new LibraryPlaces(Map.of("CUDA_HOME", added), root).missing())
                .isEmpty();
    }

    @Test
    void wheelsOfEveryPythonOnThePath() throws IOException {
        Path first = python("one/bin/python3");
        Path second = python("two/bin/python3.12");
        Path twelve = folder("one/lib/python3.11/site-packages/nvidia/cublas/lib");
        Path thirteen = folder("two/lib64/python3.12/dist-packages/nvidia/cu13/lib");
        String path = first.getParent() + "::" + second.getParent();
        assertThat(cublas(Map.of("PATH", path))).containsExactly(twelve, thirteen);
    }

    @Test
    void wheelsOfPythonsBehindShims() throws IOException {
        Path pyenv = folder("pyenv/versions/3.12.1/lib/python3.12/site-packages/nvidia/cublas/lib");
        Path mise = folder("mise/installs/python/3.13/lib/python3.13/site-packages/nvidia/cu13/lib");
        String path = folder("pyenv/shims") + ":" + folder("mise/shims");
        assertThat(cublas(Map.of("PATH", path))).containsExactly(pyenv, mise);
    }

    @Test
    void wheelsOfEnvironmentsAndOfTheUser() throws IOException {
        Path venv = folder("venv/lib/python3.12/site-packages/nvidia/cu13/lib");
        Path own = folder("home/.local/lib/python3.11/site-packages/nvidia/cublas/lib");
        Path added = folder("added/nvidia/cublas/lib");
        Map<String, String> variables = Map.of(
                "VIRTUAL_ENV", root.resolve("venv").toString(),
                "HOME", root.resolve("home").toString(),
                "PYTHONPATH", root.resolve("added") + ":relative");
        assertThat(cublas(variables)).containsExactly(added, venv, own);
    }

    @Test
    void theLoadersFoldersAreThoseOfItsConfiguration() throws IOException {
        Path one = folder("opt/one");
        Path two = folder("opt/two");
        Path own = folder("usr/lib64");
        Files.writeString(folder("etc").resolve("ld.so.conf"), "include /etc/ld.so.conf.d/*.conf\n/opt/one # mine\n");
        Files.writeString(folder("etc/ld.so.conf.d").resolve("b.conf"), "/opt/two\n/opt/missing\n");
        Files.writeString(root.resolve("etc/ld.so.conf.d/a.conf"), "# nothing\ninclude /etc/ld.so.conf.d/*.conf\n");
        assertThat(folders(new LibraryPlaces(Map.of(), root).system())).containsExactly(two, one, own);
    }

    @Test
    void driversThatTheLoaderDoesNotKnow() throws IOException {
        Path wsl = folder("usr/lib/wsl/lib");
        Path nix = folder("run/opengl-driver/lib");
        assertThat(folders(new LibraryPlaces(Map.of(), root).driver())).containsExactly(wsl, nix);
    }
}
