package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lamina.ops.MatrixOp;
import dev.lamina.tensor.HostArray;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Whether the library is used is decided once a process, so each case is a process of its own. */
class WithoutOneDnnTest {
    /** What the other process runs: prints whether oneDNN is there and a product, and whether that has loaded it. */
    static final class Product {
        private Product() {}

        public static void main(String[] arguments) throws IOException {
            HostArray a = HostArray.of(new float[] {1, 2, 3, 4}, 2, 2);
            float[] y =
                    new Runner(1).run(new MatrixOp.Matmul(false, false), a, a).toFloatArray();
            Path maps = Path.of("/proc/self/maps");
            System.out.println(
                    "loaded " + (Files.exists(maps) && Files.readString(maps).contains("libdnnl")));
            System.out.println("oneDNN " + OneDnn.instance().isPresent() + " " + Arrays.toString(y));
        }
    }

    private static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    private static String run(String classPath, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp", classPath, Product.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    @Test
    void canBeSwitchedOff() throws IOException, InterruptedException {
        assertThat(run(classPath(), "-Ddev.lamina.cpu.onednn=off", "-Dlamina.log=INFO"))
                .contains("oneDNN false [7.0, 10.0, 15.0, 22.0]")
                .contains("Matrix products run in plain Java: oneDNN is switched off by dev.lamina.cpu.onednn.");
    }

    @Test
    void isReplacedWhereItsJarIsMissing() throws IOException, InterruptedException {
        String without = Arrays.stream(classPath().split(File.pathSeparator))
                .filter(entry -> !Path.of(entry).getFileName().toString().startsWith("dnnl-"))
                .collect(Collectors.joining(File.pathSeparator));
        assertThat(run(without, "-Dlamina.log=INFO"))
                .contains("oneDNN false [7.0, 10.0, 15.0, 22.0]")
                .contains("is not on the class path");
    }

    /** Loading it would take 50 ms of a start of some 300. */
    @Test
    void isNotLoadedForASmallProduct() throws IOException, InterruptedException {
        assumeTrue(Products.widest() > 0, "C loops compute no products on this processor");
        assumeTrue(OneDnn.instance().isPresent(), OneDnn::status);
        assertThat(run(classPath())).contains("loaded false", "oneDNN true [7.0, 10.0, 15.0, 22.0]");
    }

    @Test
    void isUsedElsewhereAsHere() throws IOException, InterruptedException {
        boolean here = OneDnn.instance().isPresent();
        assertThat(run(classPath())).contains("oneDNN " + here + " [7.0, 10.0, 15.0, 22.0]");
    }
}
