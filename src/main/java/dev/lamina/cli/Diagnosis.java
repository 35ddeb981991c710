package dev.lamina.cli;

import com.sun.management.OperatingSystemMXBean;
import dev.lamina.backend.Backend;
import dev.lamina.backend.BackendProvider;
import dev.lamina.backend.Backends;
import dev.lamina.data.Digits;
import dev.lamina.data.FashionMnist;
import dev.lamina.errors.LaminaException;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.ServiceLoader;

/**
 * What Lamina finds on this machine.
 *
 * @param facts strings, numbers, booleans and maps of such, by name
 * @param works whether the CPU backend computes rightly
 */
record Diagnosis(Map<String, Object> facts, boolean works) {
    private static final int SIDE = 256;

    static Diagnosis ofThisMachine() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("lamina", LaminaCommand.laminaVersion());
        facts.put(
                "java",
                System.getProperty("java.version") + ", " + System.getProperty("java.vendor") + ", "
                        + System.getProperty("java.home"));
        facts.put(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"));
        facts.put("cores", Runtime.getRuntime().availableProcessors());
        facts.put("cpu threads", BackendChoice.threads());
        facts.put("memory", memory());
        facts.put("backends", backends());
        facts.put("cache folder", cache());
        facts.put("data sets", dataSets());
        Map<String, Object> matmul = matmul();
        facts.put("matmul on cpu", matmul);
        return new Diagnosis(facts, Boolean.TRUE.equals(matmul.get("right")));
    }

    private static String memory() {
        String heap = mebibytes(Runtime.getRuntime().maxMemory()) + " for Java objects";
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? mebibytes(system.getTotalMemorySize()) + ", " + mebibytes(system.getFreeMemorySize()) + " free, "
                        + heap
                : heap;
    }

    private static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%,d MiB", bytes >> 20);
    }

    private static Map<String, Object> backends() {
        Map<String, Object> found = new LinkedHashMap<>();
        for (BackendProvider provider : ServiceLoader.load(BackendProvider.class, Backends.class.getClassLoader())) {
            found.put(provider.name(), availability(provider));
        }
        found.putIfAbsent("cuda", "not available: this Lamina has no CUDA backend");
        return found;
    }

    // A native library can fail in ways of its own; whatever it is, the doctor says it.
    private static Object availability(BackendProvider provider) {
        try {
            Backend backend = provider.backend();
            return "available: " + backend;
        } catch (RuntimeException | LinkageError e) {
            return "not available: " + (e instanceof LaminaException ? e.getMessage() : e.toString());
        }
    }

    private static Map<String, Object> cache() {
        Map<String, Object> facts = new LinkedHashMap<>();
        Path datasets = FashionMnist.Options.defaults().cache();
        Path folder = datasets.subpath(0, Math.max(1, datasets.getNameCount() - 2));
        Path cache = datasets.getRoot() == null ? folder : datasets.getRoot().resolve(folder);
        Path existing = cache;
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        facts.put("path", cache.toString());
        facts.put("exists", Files.exists(cache));
        facts.put("writable", Files.isDirectory(existing) && Files.isWritable(existing));
        return facts;
    }

    private static Map<String, Object> dataSets() {
        Map<String, Object> found = new LinkedHashMap<>();
        found.put(DataSet.DIGITS.label(), Digits.load().samples() + " samples, inside Lamina");
        try {
            found.put(
                    DataSet.FASHION_MNIST.label(),
                    FashionMnist.load(FashionMnist.Options.defaults().withDownloadAllowed(false))
                                    .train()
                                    .samples()
                            + " training samples found");
        } catch (LaminaException e) {
            found.put(DataSet.FASHION_MNIST.label(), e.getMessage());
        }
        return found;
    }

    /** A product of two matrices by the CPU backend beside one by a plain loop. */
    private static Map<String, Object> matmul() {
        Map<String, Object> facts = new LinkedHashMap<>();
        Random random = new Random(1);
        HostArray a = HostArray.zeros(Shape.of(SIDE, SIDE), DType.FLOAT32).fill(i -> random.nextGaussian());
        HostArray b = HostArray.zeros(Shape.of(SIDE, SIDE), DType.FLOAT32).fill(i -> random.nextGaussian());
        try {
            Backends.use("cpu");
            try (Scope scope = Scope.open()) {
                Tensor left = Ops.tensor(a);
                Tensor right = Ops.tensor(b);
                Tensor product = Ops.matmul(left, right);
                double error = maxError(a, b, product.toHost());
                long start = System.nanoTime();
                Ops.matmul(left, right).toHost();
                double millis = (System.nanoTime() - start) / 1e6;
                facts.put("size", SIDE + " x " + SIDE + " x " + SIDE);
                facts.put("right", error < 1e-3);
                facts.put("largest error", error);
                facts.put("milliseconds", Math.round(millis * 1000) / 1000.0);
            }
        } catch (RuntimeException | LinkageError e) {
            facts.put("right", false);
            facts.put("failure", String.valueOf(e));
        }
        return facts;
    }

    private static double maxError(HostArray a, HostArray b, HostArray product) {
        double largest = 0;
        for (int i = 0; i < SIDE; i++) {
            for (int j = 0; j < SIDE; j++) {
                double sum = 0;
                for (int k = 0; k < SIDE; k++) {
                    sum += a.getDouble((long) i * SIDE + k) * b.getDouble((long) k * SIDE + j);
                }
                // A NaN stays one.
                largest = Math.max(largest, Math.abs(sum - product.getDouble((long) i * SIDE + j)));
            }
        }
        return largest;
    }
}
