package dev.lamina.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.backend.Backends;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Results that no scope owns are freed once nobody can reach them; running out of memory says who holds it. */
class MemoryTest {
    private static long live() {
        return Backends.current().statistics().liveBytes();
    }

    private static void collect(long until) {
        for (int i = 0; i < 20 && live() > until; i++) {
            Memory.collect();
        }
    }

    @Test
    void unscopedResultsAreFreedAfterACollection() {
        collect(0);
        long before = live();
        for (int i = 0; i < 100; i++) {
            Ops.add(Ops.zeros(1000), 1);
        }
        collect(before);
        assertThat(live()).isLessThanOrEqualTo(before);
    }

    @Test
    void whatCanStillBeReachedIsNotFreed() {
        Tensor x = Ops.tensor(new float[] {1, 2, 3});
        Tensor view = Ops.reshape(x, 3, 1);
        x = Ops.zeros(1);
        Memory.collect();
        Memory.collect();
        assertThat(view.toFloatArray()).containsExactly(1, 2, 3);
        assertThat(x.item()).isZero();
    }

    @Test
    void aVariableThatNobodyReachesIsFreedToo() {
        collect(0);
        long before = live();
        for (int i = 0; i < 10; i++) {
            Variables.create("lost", HostArray.zeros(Shape.of(10_000), DType.FLOAT32), true);
        }
        collect(before);
        assertThat(live()).isLessThanOrEqualTo(before);
    }

    @Test
    void manyUnscopedOpsStayBounded() {
        collect(0);
        long before = live();
        Tensor x = Ops.zeros(64, 64);
        long most = 0;
        for (int i = 0; i < 60_000; i++) {
            x = Ops.add(x, x);
            most = Math.max(most, live() - before);
        }
        // 60,000 results of 16 KiB are 983 MB; a collection is asked for every 512 MiB at the latest.
        assertThat(most).isLessThan(800L << 20);
        assertThat(x.toFloatArray()).containsOnly(0);
    }

    @Test
    void aTapeGivesBackTheCopiesItHeld() {
        collect(0);
        Variable weight = Variables.create("weight", HostArray.zeros(Shape.of(1000), DType.FLOAT32), true);
        long before = live();
        try (Scope scope = Scope.open();
                GradientTape tape = GradientTape.open()) {
            Tensor y = Ops.square(weight);
            weight.assign(Ops.add(weight, 1));
            assertThat(live()).as("with a copy of the old value").isGreaterThan(before + 2 * 4000);
            tape.gradient(y, List.of(weight));
        }
        assertThat(live()).isLessThanOrEqualTo(before);
        weight.close();
    }

    @Test
    void theReportNamesWhoHoldsMemory() {
        Variable weight = Variables.create("my_weight", HostArray.zeros(Shape.of(3, 5), DType.FLOAT32), true);
        String report = Memory.liveReport();
        weight.close();
        if (Boolean.getBoolean("dev.lamina.trackTensors")) {
            assertThat(report).containsPattern("1 x variable my_weight float32 \\(3, 5\\) allocated at ");
            assertThat(Memory.liveReport()).doesNotContain("my_weight");
        } else {
            assertThat(report).isEqualTo("run with -Ddev.lamina.trackTensors=true to see who holds the memory");
        }
    }

    /** Runs in a process of its own, with a limit on the CPU's memory. */
    static final class Greedy {
        private Greedy() {}

        public static void main(String[] arguments) {
            for (int i = 0; i < 40; i++) {
                Ops.zeros(1 << 20);
            }
            System.out.println("unreachable tensors were freed in time");
            Tensor[] held = new Tensor[40];
            try {
                for (int i = 0; i < held.length; i++) {
                    held[i] = Ops.zeros(1 << 20);
                }
                System.out.println("no error");
            } catch (dev.lamina.errors.OutOfMemoryException e) {
                System.out.println(e.getMessage());
            }
            held = new Tensor[0];
            System.out.println("afterwards " + Ops.zeros(1 << 20).shape() + held.length);
        }
    }

    @Test
    void outOfMemoryComesAfterACollectionAndSaysWhoHoldsWhat() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Ddev.lamina.backend=cpu",
                        "-Ddev.lamina.cpu.memoryLimit=" + (32 << 20),
                        "-Ddev.lamina.trackTensors=true",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Greedy.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(output)
                .contains("unreachable tensors were freed in time")
                .containsPattern(
                        "\\[cpu] expected memory for 4194304 bytes; received none: \\d+ bytes are in use, \\d+ are held"
                                + " from the system, dev\\.lamina\\.cpu\\.memoryLimit is 33554432\\.")
                .contains("while allocating fill of 4194304 bytes")
                .containsPattern("live tensors:\\s+[78] x fill float32 \\(1048576,\\) allocated at ")
                .contains("afterwards (1048576,)0");
        assertThat(process.exitValue()).isZero();
    }
}
