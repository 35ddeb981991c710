package dev.lamina.backend.cuda;

import dev.lamina.errors.CudaException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jcuda.driver.CUmodule;

/**
 * How long the driver takes to compile the kernels. Each text is compiled twice: the driver keeps what it compiled, by
 * the text; a comment that it has never seen makes it compile anew, and the same text again comes from its cache.
 */
final class CompileTimes {
    /** What the first step of {@code fit} launches: a classifier of Dense layers with relu, in float32, and Adam. */
    static final List<String> TRAINING_STEP = List.of(
            "fill_b4",
            "strided_copy_b4",
            "multiply_f32",
            "divide_f32",
            "equal_f32",
            "where_b4",
            "narrow_product_f32",
            "narrow_product_backward_f32",
            "shallow_product_f32",
            "relu_backward_f32",
            "row_program",
            "adam_f32");

    private static final int NANOS_PER_MILLI = 1_000_000;

    private final CudaDriver driver;
    private final Map<String, Object> each = new LinkedHashMap<>();
    private long cold;
    private long warm;

    private CompileTimes(CudaDriver driver) {
        this.driver = driver;
    }

    /**
     * The times of a training step's kernels, one by one as a process loads them, and of all kernels, by file. What
     * does not load has its problem in their place.
     */
    static Map<String, Object> measure(CudaDriver driver) {
        CompileTimes step = new CompileTimes(driver);
        for (String family : PtxFiles.families()) {
            PtxModule module = PtxModule.ofFamily(family);
            module.kernels().stream()
                    .map(PtxEntry::name)
                    .filter(TRAINING_STEP::contains)
                    .forEach(kernel -> step.time(kernel, module.only(kernel)));
        }
        CompileTimes all = new CompileTimes(driver);
        PtxFiles.families().forEach(family -> all.time(family, PtxFiles.text(family)));
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("of a training step", step.facts("milliseconds by kernel"));
        facts.put("all", all.facts("milliseconds by family"));
        return facts;
    }

    private void time(String what, byte[] ptx) {
        byte[] comment = ("\n// " + System.nanoTime() + "\n").getBytes(StandardCharsets.US_ASCII);
        byte[] unseen = java.util.Arrays.copyOf(ptx, ptx.length + comment.length);
        System.arraycopy(comment, 0, unseen, ptx.length, comment.length);
        try {
            long first = load(what, unseen);
            long second = load(what, unseen);
            each.put(what, millis(first) + " cold, " + millis(second) + " warm");
            cold += first;
            warm += second;
        } catch (CudaException e) {
            each.put(what, Map.of("problem", e.getMessage()));
        }
    }

    private long load(String what, byte[] ptx) {
        long start = System.nanoTime();
        CUmodule module = driver.loadModule(ptx, what);
        long nanos = System.nanoTime() - start;
        driver.unload(module);
        return nanos;
    }

    private Map<String, Object> facts(String by) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("cold milliseconds", millis(cold));
        facts.put("warm milliseconds", millis(warm));
        facts.put(by, each);
        return facts;
    }

    private static double millis(long nanos) {
        return Math.round(100.0 * nanos / NANOS_PER_MILLI) / 100.0;
    }
}
