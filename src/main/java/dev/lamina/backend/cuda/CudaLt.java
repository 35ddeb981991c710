package dev.lamina.backend.cuda;

import dev.lamina.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.BiPredicate;
import jcuda.jcublas.cublasStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Matrix products with an epilogue, by cublasLt. What its heuristic says for a product is remembered, also that it
 * knows nothing for it. The workspace is that of the stream's cuBLAS, which lives as long as the device. Used under the
 * device's lock.
 */
final class CudaLt {
    /** {@code off}: products and their epilogues are issued one by one, as without cublasLt. */
    static final String PROPERTY = "dev.lamina.cuda.cublaslt";

    private static final Logger LOG = LoggerFactory.getLogger(CudaLt.class);

    private static final int REMEMBERED = 512;

    private final CudaDevice device;
    private final CudaBlas blas;
    private final Optional<CublasLt> library;
    private final Map<LtProblem, Optional<LtProduct>> known = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<LtProblem, Optional<LtProduct>> eldest) {
            if (size() <= REMEMBERED) {
                return false;
            }
            eldest.getValue().ifPresent(LtProduct::close);
            return true;
        }
    };
    private Optional<Long> handle = Optional.empty();
    private final Map<Checked, Boolean> right = new HashMap<>();
    private BiPredicate<DType, LtEpilogue> check = (_, _) -> true;
    private boolean failed;
    private long products;

    private record Checked(DType dtype, int computeType, LtEpilogue epilogue) {}

    /** @param found the library's name for the loader; empty where there is none */
    CudaLt(CudaDevice device, CudaBlas blas, Optional<String> found) {
        this.device = device;
        this.blas = blas;
        this.library = found.flatMap(CudaLt::open);
    }

    private static Optional<CublasLt> open(String name) {
        try {
            return Optional.of(CublasLt.of(name));
        } catch (IllegalArgumentException | NoSuchElementException e) {
            LOG.info("{} can't be used, so that biases are added by launches of their own: {}", name, e.getMessage());
            return Optional.empty();
        }
    }

    /** Its version, such as {@code 12.6.0}; empty where it is not in use. */
    Optional<String> version() {
        return library.map(CublasLt::version)
                .map(number -> number / 10000 + "." + number / 100 % 100 + "." + number % 100);
    }

    static boolean isSwitchedOff() {
        return "off".equals(System.getProperty(PROPERTY));
    }

    /**
     * Lets epilogues of which NVIDIA does not say all be {@linkplain LtEpilogue#isToBeChecked looked at}, for each
     * type, before they are used.
     */
    void checkedBy(BiPredicate<DType, LtEpilogue> isRight) {
        check = isRight;
    }

    /** Whether a product whose matrices begin at multiples of 256 bytes can be had. */
    boolean serves(LtProblem problem) {
        return trusted(problem).isPresent();
    }

    /** The same, however near the numbers are. */
    boolean offers(LtProblem problem) {
        return find(problem).isPresent();
    }

    private Optional<LtProduct> trusted(LtProblem problem) {
        return find(problem).filter(_ -> !problem.epilogue().isToBeChecked() || isRight(problem));
    }

    private boolean isRight(LtProblem problem) {
        Checked of = new Checked(problem.dtype(), problem.computeType(), problem.epilogue());
        if (!right.containsKey(of)) {
            if (device.isCapturing()) {
                return false;
            }
            right.put(of, check.test(of.dtype, of.epilogue));
            if (!right.getOrDefault(of, false)) {
                LOG.info(
                        "[{}] cublasLt's {} of {} is off by more than rounding, or not there; it is computed by a "
                                + "launch of its own",
                        device.name(),
                        of.epilogue,
                        of.dtype);
            }
        }
        return right.getOrDefault(of, false);
    }

    /** How many products were asked for, by checks and timings too. */
    long products() {
        return products;
    }

    /** Of how many products the answer is remembered. */
    int remembered() {
        return known.size();
    }

    private Optional<LtProduct> find(LtProblem problem) {
        if (library.isEmpty() || failed || isSwitchedOff() || !problem.isWanted()) {
            return Optional.empty();
        }
        Optional<LtProduct> before = known.get(problem);
        if (before != null) {
            return before;
        }
        Optional<LtProduct> found = start(library.get())
                .flatMap(started ->
                        LtProduct.find(library.get(), started, problem, blas.workspace(), blas.workspaceBytes()));
        if (found.isEmpty()) {
            LOG.debug("[{}] cublasLt has no algorithm for {}", device.name(), problem);
        }
        known.put(problem, found);
        return found;
    }

    private Optional<Long> start(CublasLt functions) {
        if (handle.isEmpty()) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment made = arena.allocate(ValueLayout.JAVA_LONG);
                int status = functions.create(made.address());
                if (status == CublasLt.SUCCESS) {
                    handle = Optional.of(made.get(ValueLayout.JAVA_LONG, 0));
                } else {
                    failed = true;
                    LOG.info(
                            "[{}] cublasLt does not start ({}); biases are added by launches of their own",
                            device.name(),
                            cublasStatus.stringFor(status));
                }
            }
        }
        return handle;
    }

    /** Issues the product; false if it can't be had, and nothing was done. */
    boolean run(LtProblem shape, LtOperands of) {
        LtProblem problem = at(shape, of);
        return trusted(problem).filter(product -> isDone(problem, product, of)).isPresent();
    }

    /** The same, however near the numbers are. */
    boolean tryOut(LtProblem shape, LtOperands of) {
        LtProblem problem = at(shape, of);
        return find(problem).filter(product -> isDone(problem, product, of)).isPresent();
    }

    private static LtProblem at(LtProblem shape, LtOperands of) {
        return shape.at(of.a(), of.b(), of.c(), of.bias());
    }

    private boolean isDone(LtProblem problem, LtProduct product, LtOperands of) {
        if (!device.isCapturing() && product.isToBeTimed()) {
            LtTuning.choose(device, product, () -> issue(product, of));
        }
        int status = issue(product, of);
        if (status == CublasLt.SUCCESS) {
            if (device.isSynchronous()) {
                device.compute().synchronize();
            }
            return true;
        }
        if (status == cublasStatus.CUBLAS_STATUS_EXECUTION_FAILED) {
            throw CudaErrors.blas(device.name(), "multiplying " + problem + ",", status);
        }
        LOG.info(
                "[{}] cublasLt refuses {} ({}); its bias is added by a launch of its own",
                device.name(),
                problem,
                cublasStatus.stringFor(status));
        product.close();
        known.put(problem, Optional.empty());
        return false;
    }

    private int issue(LtProduct product, LtOperands of) {
        int status = product.run(
                of, blas.workspace(), blas.workspaceBytes(), device.compute().address());
        if (status == CublasLt.SUCCESS) {
            products++;
        }
        return status;
    }

    void close() {
        known.values().forEach(product -> product.ifPresent(LtProduct::close));
        known.clear();
        handle.ifPresent(started -> library.orElseThrow().destroy(started));
        handle = Optional.empty();
    }
}
