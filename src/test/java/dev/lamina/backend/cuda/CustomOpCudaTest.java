package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.lamina.ops.CustomOp;
import dev.lamina.ops.OpSink;
import dev.lamina.ops.UnaryOp;
import dev.lamina.ops.Vjp;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;

/** The user's own ops on the device: by definition, on the host if they agree, and refused otherwise. */
@ExtendWith(SimulatedDevice.class)
class CustomOpCudaTest {
    private final CudaBackend backend = CudaTests.backend();

    /** {@code 2 x}, and what x is made of it besides. */
    private abstract static class Doubled implements CustomOp {
        @Override
        public String opName() {
            return "doubled";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            return inputs;
        }

        @Override
        public void vjp(Vjp vjp) {
            // No gradient.
        }

        @Override
        public void computeOnHost(List<TensorSpec> specs, List<MemorySegment> inputs, List<MemorySegment> outputs) {
            for (long i = 0; i < specs.getFirst().shape().elements(); i++) {
                float x = inputs.getFirst().getAtIndex(ValueLayout.JAVA_FLOAT, i);
                outputs.getFirst().setAtIndex(ValueLayout.JAVA_FLOAT, i, 2 * x);
            }
        }
    }

    private static final class HostOnly extends Doubled {}

    private static class Patient extends Doubled {
        @Override
        public boolean mayWaitForHost() {
            return true;
        }
    }

    private static class Defined extends Doubled {
        @Override
        public Optional<List<Tensor>> define(OpSink ops, List<Tensor> inputs) {
            return Optional.of(List.of(ops.add(inputs.getFirst(), inputs.getFirst())));
        }
    }

    /** {@code 4 x}, defined by an op that is defined itself. */
    private static final class Nested extends Doubled {
        private final Defined inner = new Defined();

        @Override
        public Optional<List<Tensor>> define(OpSink ops, List<Tensor> inputs) {
            return Optional.of(List.of(ops.apply(inner, ops.apply(inner, inputs.getFirst()))));
        }
    }

    private static HostArray x() {
        return HostArray.of(new float[] {1, -2, 3});
    }

    @Test
    void aDefinitionRunsOnTheDevice() {
        long launches = backend.library().launches("add_f32");
        long downloads = backend.statistics().downloads();
        assertThat(CudaTests.run(new Defined(), x()).toFloatArray()).containsExactly(2, -4, 6);
        assertThat(backend.library().launches("add_f32") - launches).isEqualTo(1);
        assertThat(backend.statistics().downloads() - downloads)
                .as("that of the result")
                .isEqualTo(1);
    }

    @Test
    void aDefinitionMayUseOpsThatAreDefinedThemselves() {
        assertThat(CudaTests.run(new Nested(), x()).toFloatArray()).containsExactly(4, -8, 12);
    }

    @Test
    void aDefinitionMayGiveItsInput() {
        Defined identity = new Defined() {
            @Override
            public Optional<List<Tensor>> define(OpSink ops, List<Tensor> inputs) {
                return Optional.of(inputs);
            }
        };
        assertThat(CudaTests.run(identity, x()).toFloatArray()).containsExactly(1, -2, 3);
        assertThat(CudaTests.run(identity, HostArray.of(new float[0])).elements())
                .isZero();
    }

    @Test
    void aDefinitionThatContradictsTheShapeRuleIsNamed() {
        Defined wrong = new Defined() {
            @Override
            public Optional<List<Tensor>> define(OpSink ops, List<Tensor> inputs) {
                return Optional.of(List.of(ops.constant(1, inputs.getFirst().dtype())));
            }
        };
        assertThatThrownBy(() -> CudaTests.run(wrong, x()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[doubled] expected a definition that gives [float32 (3,)], as infer does; it gives "
                        + "[float32 ()]. Let the two agree.");
    }

    @Test
    void hostCodeAloneIsRefused() {
        assertThatThrownBy(() -> CudaTests.run(new HostOnly(), x()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[doubled] expected an op that cuda:0 can run; received one with code for the host alone. "
                        + "Override define, or mayWaitForHost to let cuda:0 wait for the host at each call.");
    }

    @Test
    void hostCodeThatAgreesRunsAndIsWarnedOfOnce() {
        Patient named = new Patient() {
            @Override
            public String opName() {
                return "patient";
            }
        };
        Logger logger = (Logger) LoggerFactory.getLogger(CudaCustom.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        logger.setAdditive(false);
        try {
            for (int i = 0; i < 3; i++) {
                assertThat(CudaTests.run(named, x()).toFloatArray()).containsExactly(2, -4, 6);
            }
        } finally {
            logger.setAdditive(true);
            logger.detachAppender(log);
        }
        assertThat(log.list)
                .extracting(ILoggingEvent::toString)
                .containsExactly(
                        "[WARN] [patient] runs on the host: cuda:0 waits for it and copies its inputs and outputs "
                                + "at each call. A definition in simpler ops (CustomOp.define) would run on the device.");
        assertThat(CudaTests.run(new Patient(), HostArray.of(new float[0])).elements())
                .isZero();
    }

    @Test
    void hostCodeMayWaitForAnotherThreadThatUsesTheDevice() {
        Patient waiting = new Patient() {
            @Override
            public void computeOnHost(List<TensorSpec> specs, List<MemorySegment> inputs, List<MemorySegment> outputs) {
                float[] y = CompletableFuture.supplyAsync(
                                () -> CudaTests.run(UnaryOp.NEGATE, x()).toFloatArray())
                        .orTimeout(60, java.util.concurrent.TimeUnit.SECONDS)
                        .join();
                outputs.getFirst().copyFrom(MemorySegment.ofArray(y));
            }
        };
        assertThat(CudaTests.run(waiting, x()).toFloatArray()).containsExactly(-1, 2, -3);
    }
}
