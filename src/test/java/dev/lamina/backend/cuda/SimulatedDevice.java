package dev.lamina.backend.cuda;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Lets a test class run on the simulated device of {@code native/simulated-device}, built into the folder that the
 * system property {@code lamina.simulated} names; without that property, on a real GPU. Classes are skipped where there
 * is neither, unless {@code lamina.simulated.required} is true. {@link SimulatorCheck} asks the simulator after each
 * test what went wrong in the meantime.
 */
public final class SimulatedDevice implements BeforeAllCallback {
    /** Off by default: a block of a cache has slack and old content, where mistakes don't show. */
    private static final String CACHE_PROPERTY = "dev.lamina.cuda.cache";

    private static final Optional<Path> FOLDER =
            Optional.ofNullable(System.getProperty("lamina.simulated")).map(Path::of);
    private static final Optional<SymbolLookup> LIBRARY = FOLDER.map(SimulatedDevice::load);

    private static SymbolLookup load(Path folder) {
        Path driver = folder.resolve("libcuda.so.1");
        System.setProperty(NativeLibraries.DRIVER_PROPERTY, driver.toString());
        System.setProperty(
                NativeLibraries.CUBLAS_PROPERTY,
                folder.resolve("libcublas.so.12").toString());
        if (System.getProperty(CACHE_PROPERTY) == null) {
            System.setProperty(CACHE_PROPERTY, "off");
        }
        return SymbolLookup.libraryLookup(driver, Arena.global());
    }

    /** Where the stand-ins lie; empty on a real GPU. */
    public static Optional<Path> folder() {
        return FOLDER;
    }

    /** Whether this is the simulated device; otherwise it is a real GPU. */
    public static boolean isSimulated() {
        return LIBRARY.isPresent();
    }

    /**
     * Whether its libraries serve all that Lamina asks for, exactly, as they do unless told to be grudging. A GPU's may
     * have no algorithm for a product, or another one than expected.
     */
    public static boolean isGenerous() {
        return isSimulated() && !"grudging".equals(System.getenv("LAMINA_SIM_LIBRARIES"));
    }

    /** Looks now for writes outside of allocations. */
    static void checkMemory() {
        call("lamina_sim_check_memory", FunctionDescriptor.ofVoid());
    }

    /** Skips the test where faults can't be planted. */
    public static void assumeSimulated() {
        assumeTrue(LIBRARY.isPresent(), "needs the simulated device: -Dlamina.simulated=DIR");
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        boolean required = Boolean.getBoolean("lamina.simulated.required") || NoSkips.isRequested();
        FOLDER.ifPresent(folder -> {
            if (!Files.exists(folder.resolve("libcuda.so.1"))) {
                throw new IllegalStateException(folder + " holds no libcuda.so.1; build native/simulated-device");
            }
        });
        Optional<String> reason = CudaProbe.result().reason();
        if (required && reason.isPresent()) {
            throw new IllegalStateException(reason.get());
        }
        assumeTrue(reason.isEmpty(), () -> reason.orElse(""));
    }

    /** What went wrong since the last reset. */
    public static List<String> problems() {
        List<String> problems = new ArrayList<>();
        if (LIBRARY.isEmpty()) {
            return problems;
        }
        int count = (int) call("lamina_sim_problem_count", FunctionDescriptor.of(ValueLayout.JAVA_INT));
        for (int i = 0; i < count; i++) {
            MemorySegment text = (MemorySegment)
                    call("lamina_sim_problem", FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT), i);
            problems.add(text.reinterpret(Long.MAX_VALUE).getString(0));
        }
        return problems;
    }

    /** Takes the problems that a test expects. */
    public static List<String> takeProblems() {
        List<String> problems = problems();
        if (LIBRARY.isPresent()) {
            call("lamina_sim_clear_problems", FunctionDescriptor.ofVoid());
        }
        return problems;
    }

    /** Forgets problems, counters, planted errors and a lost context. */
    public static void reset(long seed) {
        if (LIBRARY.isPresent()) {
            call("lamina_sim_reset", FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG), seed);
            CudaBackendProvider.forgetLoss();
        }
    }

    /** A counter of the simulator's, such as {@code launches.relu_f32}. */
    public static long counter(String name) {
        try (Arena arena = Arena.ofConfined()) {
            return (long) call(
                    "lamina_sim_counter",
                    FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.ADDRESS),
                    arena.allocateFrom(name));
        }
    }

    /** Lets one of the next calls of a function fail: 1 is the next one. */
    public static void fail(String function, int after, int code) {
        try (Arena arena = Arena.ofConfined()) {
            call(
                    "lamina_sim_fail",
                    FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT),
                    arena.allocateFrom(function),
                    after,
                    code);
        }
    }

    /** Gives the device so many bytes of memory. */
    public static void memory(long bytes) {
        call("lamina_sim_set_memory", FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG), bytes);
    }

    public static void driverVersion(int version) {
        call("lamina_sim_set_driver_version", FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT), version);
    }

    private static Object call(String function, FunctionDescriptor descriptor, Object... arguments) {
        MethodHandle handle =
                Linker.nativeLinker().downcallHandle(LIBRARY.orElseThrow().findOrThrow(function), descriptor);
        try {
            return handle.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new AssertionError(function, e);
        }
    }
}
