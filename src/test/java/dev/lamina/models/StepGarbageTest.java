package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.callbacks.Callback;
import dev.lamina.callbacks.Logs;
import dev.lamina.callbacks.TrainingContext;
import dev.lamina.layers.Dense;
import dev.lamina.losses.SparseCategoricalCrossentropy;
import dev.lamina.optimizers.Adam;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * A training leaves next to nothing on the heap: 10,000 steps of a tiny model less than 1 MB. Measured in a process of
 * its own, by the compiler that keeps no short-lived object off the heap: which ones the other does, and when, depends
 * on the machine's load.
 */
final class StepGarbageTest {
    private static final int STEPS = 10_000;
    private static final int WARM = 5_000;
    private static final long MOST = 1 << 20;

    private static final int BATCH = 16;
    private static final int SAMPLES = 5 * BATCH;

    private final Random random = new Random(5);
    private final HostArray x =
            HostArray.zeros(Shape.of(SAMPLES, 8), DType.FLOAT32).fill(i -> random.nextGaussian());
    private final HostArray y = HostArray.zeros(Shape.of(SAMPLES), DType.INT32).fill(i -> random.nextInt(4));

    /** Looks at the thread's counter after the steps that warm up, and after as many more as count. */
    private static final class Counter implements Callback {
        private long warm;
        private long end;

        @Override
        public void onTrainBatchEnd(int step, Logs logs, TrainingContext training) {
            if (step == WARM) {
                warm = Garbage.allocatedBytes();
            } else if (step == WARM + STEPS) {
                end = Garbage.allocatedBytes();
            }
        }
    }

    private static Sequential model() {
        Sequential model = Sequential.of(new Dense(16, "relu"), new Dense(4));
        model.compile(new Adam(1e-3), new SparseCategoricalCrossentropy(true), "accuracy");
        return model;
    }

    private long fit(boolean shuffle) {
        Counter counter = new Counter();
        try (Sequential model = model()) {
            model.fit(
                    x,
                    y,
                    FitOptions.epochs(1)
                            .batchSize(BATCH)
                            .shuffle(shuffle)
                            .stepsPerEpoch(WARM + STEPS + 1)
                            .verbose(false)
                            .callback(counter));
        }
        return counter.end - counter.warm;
    }

    /** Prints the bytes that the steps took. */
    static final class Main {
        private Main() {}

        public static void main(String[] arguments) {
            System.out.println("bytes " + new StepGarbageTest().fit(Boolean.parseBoolean(arguments[0])));
        }
    }

    private static long measure(boolean shuffle) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:TieredStopAtLevel=1",
                        "-Ddev.lamina.backend=cpu",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        String.valueOf(shuffle))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        System.out.println(STEPS + " steps, shuffle " + shuffle + ": " + output.strip());
        Matcher bytes = Pattern.compile("(?m)^bytes (\\d+)$").matcher(output);
        assertThat(bytes.find()).as(output).isTrue();
        return Long.parseLong(bytes.group(1));
    }

    @Test
    void stepsInAShuffledOrder() throws IOException, InterruptedException {
        assertThat(measure(true)).isBetween(0L, MOST);
    }

    @Test
    void stepsInTheOrderOfTheData() throws IOException, InterruptedException {
        assertThat(measure(false)).isBetween(0L, MOST);
    }
}
