package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.lamina.errors.CudaException;
import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Where cublasLt is absent, knows no algorithm or refuses, products are cuBLAS's, with the same results. */
@ExtendWith({SimulatedDevice.class, OnCuda.class})
final class CublasLtCudaTest {
    private static final int NOT_SUPPORTED = 15;
    private static final int EXECUTION_FAILED = 13;
    private static final int NOT_INITIALIZED = 1;

    private static final FusedOp.Linear LAYER = new FusedOp.Linear(false, false, Optional.empty());

    private final CudaBackend backend = CudaTests.backend();
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    /** More columns than the kernel for narrow products takes. The number of rows is the test's own. */
    private static final int COLUMNS = 23;

    private static final int COUNT = 31;

    @BeforeEach
    void listen() {
        log.start();
        logger().setLevel(Level.INFO);
        logger().addAppender(log);
    }

    @AfterEach
    void close() {
        logger().detachAppender(log);
        logger().setLevel(null);
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger(CudaLt.class);
    }

    private List<String> said() {
        return log.list.stream()
                .filter(event -> event.getLevel().isGreaterOrEqual(Level.INFO))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    private static LtProblem problem(int rows, LtEpilogue epilogue) {
        return LtProblem.of(CudaGemm.dense(false, false, rows, COLUMNS, COUNT), DType.FLOAT32, epilogue);
    }

    private static HostArray linear(int rows) {
        return CudaTests.run(
                LAYER,
                CudaTests.random(1, rows, COUNT),
                CudaTests.random(2, COUNT, COLUMNS),
                CudaTests.random(3, COLUMNS));
    }

    private static float[] oneByOne(int rows) {
        HostArray product =
                CudaTests.run(LAYER.product(), CudaTests.random(1, rows, COUNT), CudaTests.random(2, COUNT, COLUMNS));
        return CudaTests.run(BinaryOp.ADD, product, CudaTests.random(3, COLUMNS))
                .toFloatArray();
    }

    @Test
    void aLibraryThatIsNotThereServesNothing() {
        try (CudaDevice.Hold _ = backend.device().hold()) {
            CudaLt none = new CudaLt(backend.device(), backend.blas(), Optional.empty());
            assertThat(none.serves(problem(5, LtEpilogue.BIAS))).isFalse();
            assertThat(none.version()).isEmpty();
            assertThat(said()).isEmpty();
        }
    }

    @Test
    void aLibraryWithoutItsFunctionsServesNothingAndOneLineSaysSo() {
        try (CudaDevice.Hold _ = backend.device().hold()) {
            CudaLt other = new CudaLt(backend.device(), backend.blas(), Optional.of("libc.so.6"));
            assertThat(other.serves(problem(5, LtEpilogue.BIAS))).isFalse();
            assertThat(other.serves(problem(6, LtEpilogue.BIAS))).isFalse();
            assertThat(said())
                    .singleElement()
                    .asString()
                    .startsWith("libc.so.6 can't be used, so that biases are added by launches of their own: ")
                    .contains("cublasLtCreate");
        }
    }

    @Test
    void besideAStandInItIsLookedForInItsFolderAlone(@TempDir Path empty) {
        LibrarySearch search = CublasLtSearch.beside(empty.resolve("libcublas.so.12"));
        assertThat(search.found()).isEmpty();
        assertThat(search.rejected()).containsExactly(empty.resolve("libcublasLt.so.12") + " does not exist");
    }

    @Test
    void itsVersionIsThatOfTheCublasInUse() {
        LibrarySearch twelve = new LibrarySearch();
        twelve.found("/usr/lib/libcublas.so.12");
        assertThat(CublasLtSearch.name(twelve)).isEqualTo("libcublasLt.so.12");
        LibrarySearch thirteen = new LibrarySearch();
        thirteen.found("/usr/lib/libcublas.so.13" + CublasSearch.THROUGH_BRIDGE);
        assertThat(CublasLtSearch.name(thirteen)).isEqualTo("libcublasLt.so.13");
    }

    @Test
    void aHandleThatCanNotBeMadeServesNothingAndOneLineSaysSo() {
        SimulatedDevice.assumeSimulated();
        try (CudaDevice.Hold _ = backend.device().hold()) {
            CudaLt lt = new CudaLt(
                    backend.device(), backend.blas(), CudaProbe.result().cublasLtLibrary());
            SimulatedDevice.fail("cublasLtCreate", 1, NOT_INITIALIZED);
            assertThat(lt.serves(problem(5, LtEpilogue.BIAS))).isFalse();
            assertThat(lt.serves(problem(6, LtEpilogue.BIAS))).isFalse();
            assertThat(said())
                    .containsExactly(
                            "[cuda:0] cublasLt does not start (CUBLAS_STATUS_NOT_INITIALIZED); biases are added by "
                                    + "launches of their own");
        }
    }

    @Test
    void whatTheHeuristicDoesNotKnowIsRememberedAndGivesTheSame() {
        SimulatedDevice.assumeSimulated();
        int rows = 41;
        SimulatedDevice.fail("cublasLtMatmulAlgoGetHeuristic", 1, NOT_SUPPORTED);
        long products = backend.lt().products();
        long plain = backend.blas().products();
        for (int i = 0; i < 2; i++) {
            assertThat(linear(rows).toFloatArray()).isEqualTo(oneByOne(rows));
        }
        assertThat(backend.lt().products()).isEqualTo(products);
        assertThat(backend.blas().products()).isEqualTo(plain + 4);
        try (CudaDevice.Hold _ = backend.device().hold()) {
            List<TensorSpec> inputs = List.of(
                    CudaTests.random(1, rows, COUNT).spec(),
                    CudaTests.random(2, COUNT, COLUMNS).spec(),
                    CudaTests.random(3, COLUMNS).spec());
            assertThat(backend.fuses(LAYER, inputs)).isFalse();
        }
    }

    @Test
    void aRefusedProductIsRememberedAndGivesTheSame() {
        SimulatedDevice.assumeSimulated();
        int rows = 43;
        SimulatedDevice.fail("cublasLtMatmul", 1, NOT_SUPPORTED);
        long products = backend.lt().products();
        for (int i = 0; i < 2; i++) {
            assertThat(linear(rows).toFloatArray()).isEqualTo(oneByOne(rows));
        }
        assertThat(backend.lt().products()).isEqualTo(products);
        assertThat(said()).singleElement().asString().contains("BIAS, m 43 n 23 k 31", "NOT_SUPPORTED");
    }

    @Test
    void aFailedProductNamesItsSizes() {
        SimulatedDevice.assumeSimulated();
        SimulatedDevice.fail("cublasLtMatmul", 1, EXECUTION_FAILED);
        assertThatThrownBy(() -> linear(44))
                .isInstanceOf(CudaException.class)
                .hasMessage(
                        "[cuda:0] multiplying float32 matrices with BIAS, m 44 n 23 k 31, aligned to 256 bytes, failed: "
                                + "CUBLAS_STATUS_EXECUTION_FAILED. Kernels run asynchronously, so an earlier one may be at "
                                + "fault; rerun with -Ddev.lamina.cuda.sync=true.");
    }

    @Test
    void switchedOffNothingIsAskedOfIt() {
        System.setProperty(CudaLt.PROPERTY, "off");
        try {
            long products = backend.lt().products();
            assertThat(linear(5).toFloatArray()).isEqualTo(oneByOne(5));
            assertThat(backend.lt().products()).isEqualTo(products);
        } finally {
            System.clearProperty(CudaLt.PROPERTY);
        }
    }

    /** The simulated device has three algorithms, all with the same numbers; a GPU may have one. */
    @Test
    void timedAlgorithmsAreChosenFromAtTheFirstRun() {
        int rows = 47;
        System.setProperty(LtTuning.PROPERTY, "true");
        try {
            long before = backend.lt().products();
            float[] tuned = linear(rows).toFloatArray();
            long first = backend.lt().products();
            assertThat(first - before).isGreaterThan(SimulatedDevice.isGenerous() ? 3 * 16 : 0);
            assertThat(tuned).containsExactly(oneByOne(rows), within(SimulatedDevice.isGenerous() ? 0 : 1e-5f));
            assertThat(linear(rows).toFloatArray()).isEqualTo(tuned);
            assertThat(backend.lt().products()).isEqualTo(first + 1);
        } finally {
            System.clearProperty(LtTuning.PROPERTY);
        }
    }

    @Test
    void anApproximationThatIsNotNearIsNotUsedAndOneLineSaysSo() {
        try (CudaDevice.Hold _ = backend.device().hold()) {
            CudaLt lt = new CudaLt(
                    backend.device(), backend.blas(), CudaProbe.result().cublasLtLibrary());
            lt.checkedBy((dtype, epilogue) -> dtype != DType.FLOAT32 || epilogue != LtEpilogue.GELU_BIAS);
            for (int rows = 51; rows < 53; rows++) {
                assertThat(lt.serves(problem(rows, LtEpilogue.GELU_BIAS))).isFalse();
                assertThat(lt.serves(problem(rows, LtEpilogue.RELU_BIAS))).isTrue();
            }
            LtProblem half = LtProblem.of(
                    CudaGemm.dense(false, false, 51, COLUMNS, COUNT), DType.BFLOAT16, LtEpilogue.GELU_BIAS);
            assertThat(lt.serves(half)).isEqualTo(lt.offers(half));
            assertThat(said())
                    .containsExactly("[cuda:0] cublasLt's GELU_BIAS of float32 is off by more than rounding, or not "
                            + "there; it is computed by a launch of its own");
            lt.close();
        }
    }

    @Test
    void descriptionsOfManyShapesAreGivenBack() {
        try (CudaDevice.Hold _ = backend.device().hold()) {
            CudaLt lt = new CudaLt(
                    backend.device(), backend.blas(), CudaProbe.result().cublasLtLibrary());
            for (int rows = 2; rows <= 1200; rows++) {
                assertThat(lt.serves(problem(rows, LtEpilogue.BIAS)))
                        .as("%d rows", rows)
                        .isTrue();
            }
            assertThat(lt.remembered()).isEqualTo(512);
            lt.close();
            assertThat(lt.remembered()).isZero();
        }
    }
}
