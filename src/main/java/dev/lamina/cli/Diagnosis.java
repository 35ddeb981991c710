package dev.lamina.cli;

import com.sun.management.OperatingSystemMXBean;
import dev.lamina.backend.Backend;
import dev.lamina.backend.BackendProvider;
import dev.lamina.backend.Backends;
import dev.lamina.data.Digits;
import dev.lamina.data.FashionMnist;
import dev.lamina.errors.LaminaException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;

/**
 * What Lamina finds on this machine.
 *
 * @param facts strings, numbers, booleans and maps of such, by name
 * @param works whether every backend that is available has no problem and computes rightly, the CPU's among them
 */
record Diagnosis(Map<String, Object> facts, boolean works) {
    private static final String AVAILABLE = "available: ";

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
        return new Diagnosis(facts, computations(facts));
    }

    /** What the backends that are available compute, and what each says about itself. */
    private static boolean computations(Map<String, Object> facts) {
        boolean right = true;
        BackendCheck check = new BackendCheck();
        for (BackendProvider provider : providers()) {
            // Asked first: what the diagnosis does can lose the device.
            boolean available = isAvailable(availability(provider));
            Map<String, Object> diagnosis = diagnosis(provider);
            if (!diagnosis.isEmpty()) {
                facts.put(provider.name(), diagnosis);
            }
            if (available) {
                right &= isRight(diagnosis);
                Map<String, Object> matmul = check.matmul(provider.name());
                Map<String, Object> relu = check.relu(provider.name());
                facts.put("matmul on " + provider.name(), matmul);
                facts.put("relu on " + provider.name(), relu);
                right &= Boolean.TRUE.equals(matmul.get("right")) && Boolean.TRUE.equals(relu.get("right"));
            }
        }
        return right;
    }

    /** Whether a backend had no problem, and none of the computations that it has checked by itself is wrong. */
    private static boolean isRight(Map<?, ?> facts) {
        return !Boolean.FALSE.equals(facts.get("right"))
                && !facts.containsKey("problem")
                && facts.values().stream().allMatch(fact -> !(fact instanceof Map<?, ?> inner) || isRight(inner));
    }

    private static Map<String, Object> diagnosis(BackendProvider provider) {
        try {
            return provider.diagnosis();
        } catch (RuntimeException | LinkageError e) {
            return Map.of("problem", String.valueOf(e));
        }
    }

    private static boolean isAvailable(String availability) {
        return availability.startsWith(AVAILABLE);
    }

    private static Iterable<BackendProvider> providers() {
        return ServiceLoader.load(BackendProvider.class, Backends.class.getClassLoader());
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
        for (BackendProvider provider : providers()) {
            found.put(provider.name(), availability(provider));
        }
        found.putIfAbsent("cuda", "not available: this Lamina has no CUDA backend");
        return found;
    }

    // A native library can fail in ways of its own; whatever it is, the doctor says it.
    private static String availability(BackendProvider provider) {
        try {
            Backend backend = provider.backend();
            return AVAILABLE + backend;
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
}
