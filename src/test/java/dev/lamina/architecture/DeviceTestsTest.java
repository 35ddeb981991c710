package dev.lamina.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The tests that run on a device are the same by Maven, on the simulated one and on a GPU, and by the bundle. */
class DeviceTestsTest {
    private static final Pattern INCLUDE = Pattern.compile("<include>\\*\\*/(.+?)\\.java</include>");

    private static List<String> included(String pom, String execution) {
        int from = pom.indexOf("<id>" + execution + "</id>");
        return INCLUDE.matcher(pom.substring(from, pom.indexOf("</includes>", from)))
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    @Test
    void whatRunsOnAGpuIsWhatTheSimulatedDeviceRuns() throws IOException {
        String pom = Files.readString(Path.of("pom.xml"));
        assertThat(included(pom, "hardware-cuda-test"))
                .contains("*Cuda*Test")
                .filteredOn(name -> !name.equals("*HardwareTest"))
                .isEqualTo(included(pom, "simulated-cuda-test"));
    }

    @Test
    void theBundleRunsThemToo() throws IOException {
        String script = Files.readString(Path.of("src", "bundle", "run.sh"));
        int from = script.indexOf("on_device='") + "on_device='".length();
        Pattern classes = Pattern.compile(script.substring(from, script.indexOf('\'', from)));
        List<String> names = included(Files.readString(Path.of("pom.xml")), "hardware-cuda-test");
        assertThat(names)
                .allSatisfy(name -> assertThat("dev.lamina.models." + name.replace("*", "Some"))
                        .matches(classes));
        assertThat("dev.lamina.models.FitTest").doesNotMatch(classes);
    }

    /** There is no compiler where the bundle runs. */
    @Test
    void thoseThatCompileLibrariesStayOutOfTheBundle() throws IOException {
        String script = Files.readString(Path.of("src", "bundle", "build.sh"));
        Path folder = Path.of("src/test/java/dev/lamina/backend/cuda");
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> compiling = files.filter(file -> file.toString().endsWith("CudaTest.java"))
                    .filter(file -> text(file).contains("new FakeLibraries("))
                    .toList();
            assertThat(compiling)
                    .isNotEmpty()
                    .allSatisfy(file -> assertThat(script)
                            .containsPattern(
                                    "[{,]" + file.getFileName().toString().replace("CudaTest.java", "") + "[,}]"));
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
