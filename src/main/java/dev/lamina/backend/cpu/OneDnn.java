package dev.lamina.backend.cpu;

import dev.lamina.backend.NativeFiles;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * oneDNN, called in C by the foreign-function API: its matrix product; {@link OneDnnPrimitive} has the rest. The
 * library comes with the jar org.bytedeco:dnnl of the class path and is loaded when it is first needed. Its own threads
 * (OpenMP) are never used: each call is told to run on its caller alone, and {@link CpuThreads} shares the work.
 */
final class OneDnn {
    private static final Logger LOG = LoggerFactory.getLogger(OneDnn.class);

    private static String status = "";
    private static final @Nullable OneDnn INSTANCE = load();
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

    /** Linked when the first product is computed. */
    private static final class Functions {
        static final MethodHandle SGEMM = link(
                "dnnl_sgemm",
                // transa, transb, M, N, K, alpha, A, lda, B, ldb, beta, C, ldc; addresses passed as numbers.
                FunctionDescriptor.of(
                        INT, BYTE, BYTE, LONG, LONG, LONG, FLOAT, LONG, LONG, LONG, LONG, FLOAT, LONG, LONG));
        static final MethodHandle GET_THREADS =
                link("omp_get_max_threads", FunctionDescriptor.of(INT), Linker.Option.critical(false));
        static final MethodHandle SET_THREADS =
                link("omp_set_num_threads", FunctionDescriptor.ofVoid(INT), Linker.Option.critical(false));

        private static MethodHandle link(String name, FunctionDescriptor type, Linker.Option... options) {
            SymbolLookup library = instance()
                    .orElseThrow(() -> new IllegalStateException("[onednn] expected the library to be loaded."))
                    .library;
            return Linker.nativeLinker().downcallHandle(library.findOrThrow(name), type, options);
        }
    }

    private final SymbolLookup library;

    private OneDnn(SymbolLookup library) {
        this.library = library;
        List.of("dnnl_sgemm", "omp_get_max_threads", "omp_set_num_threads").forEach(library::findOrThrow);
    }

    /** The library, unless it can't be had on this machine; why not is logged once. */
    static Optional<OneDnn> instance() {
        return Optional.ofNullable(INSTANCE);
    }

    /** The library's functions. */
    SymbolLookup library() {
        return library;
    }

    /**
     * Tells the library to run on the calling thread alone. Gives what {@link #restore} has to be called with
     * afterwards.
     */
    static int alone() {
        try {
            int threads = (int) Functions.GET_THREADS.invokeExact();
            if (threads != 1) {
                Functions.SET_THREADS.invokeExact(1);
            }
            return threads;
        } catch (Throwable e) {
            throw new IllegalStateException("[onednn] setting the number of threads failed", e);
        }
    }

    /** Ends what {@link #alone} began. */
    static void restore(int threads) {
        if (threads != 1) {
            try {
                Functions.SET_THREADS.invokeExact(threads);
            } catch (Throwable e) {
                throw new IllegalStateException("[onednn] setting the number of threads failed", e);
            }
        }
    }

    /** Where the library was found, or why it is not used. */
    static String status() {
        return status;
    }

    private static @Nullable OneDnn load() {
        if (System.getProperty("dev.lamina.cpu.onednn", "on").equals("off")) {
            status = "in plain Java, oneDNN is switched off by dev.lamina.cpu.onednn";
            LOG.info("Matrix products run in plain Java: oneDNN is switched off by dev.lamina.cpu.onednn.");
            return null;
        }
        try {
            Path folder = NativeFiles.unpack("dnnl", folder(), "libdnnl.so.3", "libgomp.so.1");
            SymbolLookup library = SymbolLookup.libraryLookup(folder.resolve("libdnnl.so.3"), Arena.global());
            OneDnn found = new OneDnn(library);
            status = "by oneDNN (" + folder + ")";
            LOG.debug("Loaded oneDNN ({}).", folder);
            return found;
        } catch (IOException | RuntimeException | LinkageError e) {
            status = "in plain Java, without oneDNN: " + e;
            LOG.info("Matrix products run in plain Java, which is slower: oneDNN can't be used here: {}", e.toString());
            return null;
        }
    }

    private static String folder() throws IOException {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String architecture = switch (System.getProperty("os.arch")) {
            case "amd64", "x86_64" -> "x86_64";
            case "aarch64", "arm64" -> "arm64";
            case String other -> throw new IOException("there is none for the processor " + other);
        };
        if (!system.equals("linux")) {
            throw new IOException("it is loaded on Linux only, this is " + system);
        }
        return "org/bytedeco/dnnl/linux-" + architecture + "/";
    }

    /**
     * {@code C = A B + beta C}, row-major, of float32; a side may be given transposed. Offsets are in elements, leading
     * dimensions the distances between rows as stored. All of m, n and k are at least 1.
     */
    void sgemm(GemmCall call, MemorySegment a, MemorySegment b, MemorySegment c) {
        int status;
        int threads = alone();
        try {
            status = (int) Functions.SGEMM.invokeExact(
                    (byte) (call.transposeA() ? 'T' : 'N'),
                    (byte) (call.transposeB() ? 'T' : 'N'),
                    (long) call.m(),
                    (long) call.n(),
                    (long) call.k(),
                    1f,
                    a.address(),
                    (long) call.lda(),
                    b.address(),
                    (long) call.ldb(),
                    call.beta(),
                    c.address(),
                    (long) call.ldc());
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("[onednn] calling dnnl_sgemm failed", e);
        } finally {
            restore(threads);
        }
        if (status != 0) {
            throw new IllegalStateException("[onednn] dnnl_sgemm failed with status " + status + " for " + call + ".");
        }
    }
}
