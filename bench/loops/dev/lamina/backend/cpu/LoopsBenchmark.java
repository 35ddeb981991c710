package dev.lamina.backend.cpu;

import dev.lamina.backend.PreparedOp;
import dev.lamina.graph.PlanTarget;
import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.Op;
import dev.lamina.ops.OptimizerOp;
import dev.lamina.ops.PoolingOp;
import dev.lamina.ops.ReductionOp;
import dev.lamina.ops.SoftmaxOp;
import dev.lamina.ops.UnaryBackwardOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.ops.Window;
import dev.lamina.tensor.Buffer;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One op as a compiled step runs it, on one thread, by the loops in C (and oneDNN) or by those in Java. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class LoopsBenchmark {
    private static final int SEED = 5;

    /** The ops, with the shapes of their inputs. */
    public enum Case {
        /** What a layer of 512 units does for a batch of 128 samples. */
        RELU(UnaryOp.RELU, Shape.of(128, 512)),
        RELU_BACKWARD(UnaryBackwardOp.RELU_BACKWARD, Shape.of(128, 512), Shape.of(128, 512)),
        BIAS(BinaryOp.ADD, Shape.of(128, 512), Shape.of(512)),
        BIAS_GRADIENT(ReductionOp.Reduce.of(ReductionOp.Kind.SUM, false, 0), Shape.of(128, 512)),
        EXP(UnaryOp.EXP, Shape.of(128, 512)),
        LOG(UnaryOp.LOG, Shape.of(128, 512)),
        TANH(UnaryOp.TANH, Shape.of(128, 512)),
        SIGMOID(UnaryOp.SIGMOID, Shape.of(128, 512)),
        SOFTPLUS(UnaryOp.SOFTPLUS, Shape.of(128, 512)),
        GELU(UnaryOp.GELU, Shape.of(128, 512)),
        SOFTMAX(new SoftmaxOp.Softmax(), Shape.of(128, 10)),
        /** One weight of 784 x 512. */
        SGD(new OptimizerOp.Sgd(0, false, List.of(0.0)), Shape.scalar(), Shape.of(784, 512), Shape.of(784, 512)),
        ADAM(
                new OptimizerOp.Adam(0.9, 0.999, 1e-7, false, List.of(0.0)),
                Shape.scalar(),
                Shape.scalar(),
                Shape.of(784, 512),
                Shape.of(784, 512),
                Shape.of(784, 512),
                Shape.of(784, 512)),
        /** What a convolution of 32 filters gives for 64 images. */
        MAX_POOL(new PoolingOp.MaxPool(Window.of(2, 2).strides(2)), Shape.of(64, 26, 26, 32));

        private final Op op;
        private final List<Shape> inputs;

        Case(Op op, Shape... inputs) {
            this.op = op;
            this.inputs = List.of(inputs);
        }

        private List<TensorSpec> specs() {
            List<TensorSpec> specs = new ArrayList<>();
            for (int i = 0; i < inputs.size(); i++) {
                // Adam counts its updates.
                boolean counts = op instanceof OptimizerOp.Adam && i == 1;
                specs.add(new TensorSpec(inputs.get(i), counts ? DType.INT32 : DType.FLOAT32));
            }
            return specs;
        }
    }

    @Param
    public Case op;

    @Param({"c", "java"})
    public String loops;

    private final List<Buffer> buffers = new ArrayList<>();
    private PreparedOp prepared;

    @Setup(Level.Trial)
    public void prepare() {
        if (loops.equals("c") && !Loops.PRESENT) {
            throw new IllegalStateException("[bench] expected the loops in C; this build has none, or they are off.");
        }
        CpuBackend backend = new CpuBackend(1, Long.MAX_VALUE, loops.equals("c"));
        List<TensorSpec> specs = op.specs();
        Operand[] inputs = specs.stream().map(spec -> filled(backend, spec)).toArray(Operand[]::new);
        Operand[] outputs =
                op.op.infer(specs).stream().map(spec -> allocate(backend, spec)).toArray(Operand[]::new);
        PlanTarget target = backend;
        TensorSpec scratch =
                new TensorSpec(Shape.of((int) Math.max(1, target.workspaceBytes(op.op, specs))), DType.UINT8);
        prepared = backend.prepare(op.op, inputs, outputs, allocate(backend, scratch));
    }

    private Operand allocate(CpuBackend backend, TensorSpec spec) {
        Buffer buffer = backend.allocate(spec.bytes());
        buffers.add(buffer);
        return new Operand(buffer, 0, spec);
    }

    /** Numbers between 0 and 1, which every op takes. */
    private Operand filled(CpuBackend backend, TensorSpec spec) {
        java.util.SplittableRandom random = new java.util.SplittableRandom(SEED);
        Operand operand = allocate(backend, spec);
        HostArray values = HostArray.zeros(spec.shape(), spec.dtype())
                .fill(_ -> spec.dtype() == DType.INT32 ? 1 : random.nextDouble());
        operand.buffer().upload(0, values.data());
        return operand;
    }

    @TearDown(Level.Trial)
    public void free() {
        prepared.close();
        buffers.forEach(Buffer::free);
        buffers.clear();
    }

    @Benchmark
    public void run() {
        prepared.run();
    }
}
