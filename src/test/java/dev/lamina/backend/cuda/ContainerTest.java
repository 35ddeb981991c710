package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** By which signs a container is told. */
class ContainerTest {
    @TempDir
    private Path root;

    @Test
    void noSignIsNoContainer() {
        assertThat(Container.of(new LibraryPlaces(Map.of("container", ""), root)))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "APPTAINER_CONTAINER, APPTAINER",
        "SINGULARITY_CONTAINER, APPTAINER",
        "KUBERNETES_SERVICE_HOST, KUBERNETES",
        "container, OTHER"
    })
    void aVariable(String name, Container kind) {
        assertThat(Container.of(new LibraryPlaces(Map.of(name, "x"), root))).contains(kind);
    }

    @ParameterizedTest
    @ValueSource(strings = {".dockerenv", "run/.containerenv"})
    void aFile(String name) throws Exception {
        Files.createDirectories(root.resolve("run"));
        Files.createFile(root.resolve(name));
        assertThat(Container.of(new LibraryPlaces(Map.of(), root))).contains(Container.OTHER);
        assertThat(Container.of(new LibraryPlaces(Map.of("KUBERNETES_SERVICE_HOST", "10.0.0.1"), root)))
                .contains(Container.KUBERNETES);
    }

    @Test
    void eachIsGivenAGpuInItsOwnWay() {
        assertThat(Container.APPTAINER.advice())
                .isEqualTo("This is a container of Apptainer that was given no GPU: start it with --nv.");
        assertThat(Container.KUBERNETES.advice())
                .isEqualTo("This is a container of Kubernetes that was given no GPU: set nvidia.com/gpu in its "
                        + "resources' limits, which needs NVIDIA's device plugin in the cluster.");
        assertThat(Container.OTHER.advice())
                .isEqualTo("This is a container: start it with --gpus all, which needs the NVIDIA Container Toolkit "
                        + "on the host, and with NVIDIA_DRIVER_CAPABILITIES=compute,utility.");
    }
}
