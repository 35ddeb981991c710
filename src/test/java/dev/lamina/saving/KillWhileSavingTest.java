package dev.lamina.saving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.models.Model;
import dev.lamina.tensor.Variable;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever happens while a model is saved, there is one whole file, the old or the new. */
final class KillWhileSavingTest {
    /** {@code src/test/scripts/kill-while-saving.sh} asks for more. */
    private static final int KILLS = Integer.getInteger("lamina.kills", 10);

    private static final long SEED = Long.getLong("lamina.kill.seed", 20261126L);

    @TempDir
    private Path folder;

    private static List<String> java(Path file, int times) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(List.of("-Ddev.lamina.backend=cpu", "-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(SaveLoop.class.getName(), file.toString(), Integer.toString(times)));
        return command;
    }

    @Test
    void killedAtRandomMoments() throws Exception {
        Path file = folder.resolve("model.keras");
        Random random = new Random(SEED);
        for (int kill = 0; kill < KILLS; kill++) {
            Process process = new ProcessBuilder(java(file, Integer.MAX_VALUE))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                assertThat(lines.readLine()).isEqualTo("saved 1");
                TimeUnit.MICROSECONDS.sleep(random.nextInt(100_000));
                process.destroyForcibly();
                process.waitFor();
            }
            assertThat(value(file)).as("kill %d of seed %d", kill, SEED).isGreaterThanOrEqualTo(1);
        }
        System.out.println("killed " + KILLS + " times while saving: always one whole file");
    }

    /** The number that all weights are. */
    private static double value(Path file) {
        try (Model model = Model.load(file)) {
            double[] values = model.weights().stream()
                    .map(Variable::toHost)
                    .flatMapToDouble(array -> DoubleStream.of(array.toDoubleArray()))
                    .distinct()
                    .toArray();
            assertThat(values).hasSize(1);
            return values[0];
        }
    }

    /** A limit on the size of files stops the writer in the middle, as a full disk does. */
    @Test
    void outOfSpaceIsAnErrorAndTheOldFileStays() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "needs bash's ulimit");
        Path file = folder.resolve("model.keras");
        assertThat(run("", java(file, 1))).contains("saved 1");
        byte[] before = Files.readAllBytes(file);
        String output = run("ulimit -f 200; ", java(file, 1));
        assertThat(output)
                .contains("dev.lamina.errors.DataException: [save] expected to write " + file)
                .contains("Check the path, its permissions and the space left.");
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
        assertThat(folder).isDirectoryNotContaining(path -> path.toString().endsWith(".tmp"));
    }

    private static String run(String limit, List<String> command) throws IOException, InterruptedException {
        List<String> shell = new ArrayList<>(List.of("/bin/bash", "-c", limit + "exec \"$@\"", "bash"));
        shell.addAll(command);
        Process process = new ProcessBuilder(shell).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }
}
