package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lamina.tensor.DType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** oneDNN against plain Java. */
class OneDnnTest {
    private static final int[] AWKWARD = {1, 4, 6, 13, 207};

    @BeforeEach
    void hasLibrary() {
        boolean supported = System.getProperty("os.name").equals("Linux")
                && System.getProperty("os.arch").equals("amd64")
                && !System.getProperty("dev.lamina.cpu.onednn", "on").equals("off");
        if (supported) {
            assertThat(OneDnn.instance()).as("oneDNN on Linux").isPresent();
        } else {
            assumeTrue(OneDnn.instance().isPresent(), OneDnn::status);
        }
    }

    @Test
    void agreesWithPlainJavaAtAwkwardSizes() {
        for (int m : AWKWARD) {
            for (int n : AWKWARD) {
                for (int k : AWKWARD) {
                    compare(GemmCall.dense(false, false, m, n, k));
                    compare(GemmCall.dense(true, false, m, n, k));
                    compare(GemmCall.dense(false, true, m, n, k));
                    compare(GemmCall.dense(true, true, m, n, k));
                }
            }
        }
    }

    @Test
    void addsToTheResultAndKeepsWhatLiesBetweenRows() {
        compare(new GemmCall(false, false, 13, 6, 4, 9, 11, 1, 8));
        compare(new GemmCall(true, true, 13, 6, 4, 17, 5, 1, 8));
        compare(new GemmCall(false, true, 13, 6, 4, 9, 11, 0, 8));
    }

    /** A thread of libgomp's would bear the name of the thread that started it. */
    @Test
    void startsNoThreadsOfItsOwn() throws InterruptedException {
        AtomicReference<Object> seen = new AtomicReference<>("nothing");
        Thread caller = new Thread(
                () -> {
                    try {
                        compare(GemmCall.dense(false, false, 512, 512, 300));
                        seen.set(nativeThreads("gemm-caller"));
                    } catch (IOException | AssertionError e) {
                        seen.set(e);
                    }
                },
                "gemm-caller");
        caller.start();
        caller.join();
        assertThat(seen.get()).isEqualTo(1L);
    }

    private static long nativeThreads(String name) throws IOException {
        long count = 0;
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path task : tasks) {
                count += Files.readString(task.resolve("comm")).strip().equals(name) ? 1 : 0;
            }
        }
        return count;
    }

    private static void compare(GemmCall call) {
        long seed = call.hashCode();
        Random random = new Random(seed);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment a = floats(arena, random, (long) (call.transposeA() ? call.k() : call.m()) * call.lda());
            MemorySegment b = floats(arena, random, (long) (call.transposeB() ? call.n() : call.k()) * call.ldb());
            MemorySegment c = floats(arena, random, (long) call.m() * call.ldc());
            if (call.beta() == 0 && call.ldc() == call.n()) {
                c.fill((byte) 0xff); // NaN: must not be read.
            }
            MemorySegment expected = arena.allocate(c.byteSize(), 64).copyFrom(c);
            ReferenceMatmul.multiply(DType.FLOAT32, call, a, b, expected);
            OneDnn.instance().orElseThrow().sgemm(call, a, b, c);
            float[] actual = c.toArray(ValueLayout.JAVA_FLOAT);
            float[] wanted = expected.toArray(ValueLayout.JAVA_FLOAT);
            for (int i = 0; i < actual.length; i++) {
                double tolerance = i % call.ldc() < call.n() ? 1e-6 * (call.k() + 4) : 0;
                assertThat(Math.abs(actual[i] - wanted[i]))
                        .as("%s element %d, seed %d: %s for %s", call, i, seed, actual[i], wanted[i])
                        .isLessThanOrEqualTo((float) tolerance);
            }
        }
    }

    private static MemorySegment floats(Arena arena, Random random, long count) {
        MemorySegment data = arena.allocate(count * 4, 64);
        for (long i = 0; i < count; i++) {
            data.setAtIndex(ValueLayout.JAVA_FLOAT, i, 2 * random.nextFloat() - 1);
        }
        return data;
    }
}
