package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.backend.Backend;
import dev.lamina.backend.BackendProvider;
import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.CustomOp;
import dev.lamina.ops.MatrixOp;
import dev.lamina.ops.SourceOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.ops.Vjp;
import dev.lamina.tensor.Buffer;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

/** The backend as a whole: how it is found, what it counts, sources and custom ops. */
class CpuBackendTest {
    private final Runner runner = new Runner(2);

    @Test
    void isFoundAsAService() {
        BackendProvider provider = ServiceLoader.load(BackendProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(each -> each.name().equals("cpu"))
                .findFirst()
                .orElseThrow();
        Backend backend = provider.backend();
        assertThat(backend.name()).isEqualTo("cpu");
        assertThat(provider.backend()).isSameAs(backend);
        assertThat(provider.priority()).isZero();
    }

    @Test
    void countsWhatItDoes() {
        HostArray x = HostArray.of(new float[] {1, 2, 3});
        Operand in = runner.upload(x);
        Operand out = runner.upload(x);
        runner.backend.run(BinaryOp.ADD, new Operand[] {in, in}, new Operand[] {out}, out);
        assertThat(Runner.download(out).toFloatArray()).containsExactly(2, 4, 6);
        assertThat(runner.backend.statistics().opsRun()).isEqualTo(1);
        assertThat(runner.backend.statistics().uploads()).isEqualTo(2);
        assertThat(runner.backend.statistics().downloads()).isEqualTo(1);
        assertThat(runner.backend.statistics().allocations()).isEqualTo(2);
        assertThat(runner.backend.statistics().liveBytes()).isEqualTo(2 * (64 + 12));
        in.buffer().free();
        out.buffer().free();
        runner.backend.synchronize();
        runner.backend.trim();
        assertThat(runner.backend.statistics().reservedBytes()).isZero();
    }

    @Test
    void copiesBetweenOperands() {
        Operand from = runner.upload(HostArray.of(new int[] {1, 2, 3}));
        Operand to = runner.upload(HostArray.of(new int[] {0, 0, 0}));
        runner.backend.copy(from, to);
        assertThat(Runner.download(to).toLongArray()).containsExactly(1, 2, 3);
    }

    @Test
    void fillsAndCounts() {
        for (DType dtype : DType.values()) {
            for (int n : new int[] {0, 1, 13, 100_003}) {
                HostArray y = runner.run(new SourceOp.Fill(Shape.of(n), dtype, 1));
                assertThat(Arrays.stream(y.toLongArray())).hasSize(n).allMatch(value -> value == 1);
            }
            if (dtype != DType.BOOL) {
                assertThat(runner.run(new SourceOp.Range(3, 5, dtype)).toLongArray())
                        .containsExactly(3, 4, 5, 6, 7);
            }
        }
        assertThat(runner.run(new SourceOp.Range(-2, 4, DType.INT32)).toLongArray())
                .containsExactly(-2, -1, 0, 1);
        assertThat(runner.run(new SourceOp.Fill(Shape.scalar(), DType.FLOAT64, 0.1))
                        .getDouble(0))
                .isEqualTo(0.1);
        assertThat(runner.run(new SourceOp.Fill(Shape.of(2), DType.FLOAT32, Double.NaN))
                        .toFloatArray())
                .containsOnly(Float.NaN);
    }

    /** Doubles its input; its second output is the number of elements. */
    private record Doubled() implements CustomOp {
        @Override
        public String opName() {
            return "doubled";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            return List.of(inputs.getFirst(), new TensorSpec(Shape.scalar(), DType.INT64));
        }

        @Override
        public void vjp(Vjp vjp) {}

        @Override
        public void computeOnHost(List<TensorSpec> specs, List<MemorySegment> inputs, List<MemorySegment> outputs) {
            long n = specs.getFirst().shape().elements();
            for (long i = 0; i < n; i++) {
                float x = inputs.getFirst().getAtIndex(ValueLayout.JAVA_FLOAT, i);
                outputs.getFirst().setAtIndex(ValueLayout.JAVA_FLOAT, i, 2 * x);
            }
            outputs.get(1).set(ValueLayout.JAVA_LONG, 0, inputs.getFirst().byteSize() / 4);
        }
    }

    @Test
    void runsCustomOps() {
        List<HostArray> outputs = runner.runAll(new Doubled(), HostArray.of(new float[] {1, 2, 3}, 3, 1));
        assertThat(outputs.get(0).toFloatArray()).containsExactly(2, 4, 6);
        assertThat(outputs.get(1).getLong(0)).isEqualTo(3);
        assertThat(runner.backend.workspaceBytes(new Doubled(), List.of())).isZero();
    }

    @Test
    void millionsOfSmallOpsReuseMemory() {
        Operand x = runner.upload(HostArray.of(new float[] {1}));
        Operand none = x.as(new TensorSpec(Shape.of(0), DType.UINT8));
        long reserved = 0;
        for (int i = 0; i < 200_000; i++) {
            Buffer buffer = runner.backend.allocate(4);
            Operand y = new Operand(buffer, 0, x.spec());
            runner.backend.run(UnaryOp.NEGATE, new Operand[] {x}, new Operand[] {y}, none);
            buffer.free();
            reserved = Math.max(reserved, runner.backend.statistics().reservedBytes());
        }
        assertThat(reserved).isLessThan(1 << 20);
    }

    @Test
    void sharesTheBackendBetweenCallers() throws InterruptedException {
        HostArray a = Runner.random(1, DType.FLOAT32, 150, 170);
        HostArray b = Runner.random(2, DType.FLOAT32, 170, 190);
        MatrixOp product = new MatrixOp.Matmul(false, false);
        HostArray expected = runner.run(product, a, b);
        Thread[] callers = new Thread[4];
        boolean[] same = new boolean[callers.length];
        for (int i = 0; i < callers.length; i++) {
            int caller = i;
            callers[i] = Thread.ofPlatform().start(() -> {
                boolean all = true;
                for (int round = 0; round < 30; round++) {
                    all &= runner.run(product, a, b).data().mismatch(expected.data()) == -1;
                }
                same[caller] = all;
            });
        }
        for (Thread caller : callers) {
            caller.join();
        }
        assertThat(same).containsOnly(true);
    }
}
