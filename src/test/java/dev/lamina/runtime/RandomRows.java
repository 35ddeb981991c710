package dev.lamina.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.backend.Backends;
import dev.lamina.backend.Executable;
import dev.lamina.graph.Graph;
import dev.lamina.graph.Node;
import dev.lamina.graph.PlanTarget;
import dev.lamina.graph.Planner;
import dev.lamina.graph.Tracer;
import dev.lamina.graph.passes.Passes;
import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.ElementwiseOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.IndexOp;
import dev.lamina.ops.Op;
import dev.lamina.ops.ReductionOp;
import dev.lamina.ops.ShapeOp;
import dev.lamina.ops.SoftmaxOp;
import dev.lamina.ops.SourceOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** A program drawn at random, of ops along rows, batches of numbers and state, with the passes and without. */
final class RandomRows {
    private static final int[][] SIZES = {{6, 10}, {1, 13}, {33, 4}, {5, 207}};

    private final long seed;
    private final SplittableRandom random;
    private final Tracer tracer = new Tracer();
    private final Variable total = Variables.create("total", HostArray.zeros(Shape.scalar(), DType.FLOAT32), false);
    private final Variable count = Variables.create("count", HostArray.zeros(Shape.scalar(), DType.INT32), false);
    private final List<Tensor> full = new ArrayList<>();
    private final List<Tensor> rows = new ArrayList<>();
    private final List<Tensor> numbers = new ArrayList<>();

    RandomRows(long seed) {
        this.seed = seed;
        random = new SplittableRandom(seed);
    }

    private Tensor call(Op op, Tensor... inputs) {
        List<TensorSpec> specs = Arrays.stream(inputs).map(Tensor::spec).toList();
        return tracer.call(op, op.opName(), inputs, op.infer(specs)).get(0);
    }

    private Tensor any(List<Tensor> of) {
        return of.get(random.nextInt(of.size()));
    }

    private Graph draw() {
        int[] size = SIZES[random.nextInt(SIZES.length)];
        Shape all = Shape.of(size);
        full.add(tracer.input("a", new TensorSpec(all, DType.FLOAT32)));
        full.add(tracer.input("b", new TensorSpec(all, DType.FLOAT32)));
        rows.add(tracer.input("r", new TensorSpec(Shape.of(size[0]), DType.FLOAT32)));
        numbers.add(tracer.read(total));
        Tensor bias = tracer.input("bias", new TensorSpec(Shape.of(size[1]), DType.FLOAT32));
        for (int i = 0; i < 40; i++) {
            Tensor one = any(full);
            Tensor two = any(full);
            Tensor column = call(new ShapeOp.Reshape(Shape.of(size[0], 1)), any(rows));
            switch (random.nextInt(17)) {
                case 0 -> full.add(call(UnaryOp.TANH, one));
                case 1 -> full.add(call(BinaryOp.ADD, one, two));
                case 2 -> full.add(call(BinaryOp.MULTIPLY, one, column));
                case 3 -> full.add(call(new SoftmaxOp.Softmax(), one));
                case 4 -> full.add(call(new SoftmaxOp.SoftmaxBackward(), one, two));
                case 5 -> full.add(call(BinaryOp.ADD, one, bias));
                case 6 -> full.add(call(new ShapeOp.BroadcastTo(all), column));
                case 7 -> rows.add(call(ReductionOp.Reduce.of(ReductionOp.Kind.SUM, false, -1), one));
                case 8 -> rows.add(call(UnaryOp.SIGMOID, any(rows)));
                case 9 -> rows.add(call(BinaryOp.MAXIMUM, any(rows), any(rows)));
                case 10 -> {
                    Tensor label = call(new ReductionOp.ArgReduce(true, -1), one);
                    full.add(call(new IndexOp.OneHot(size[1], DType.FLOAT32), label));
                    rows.add(call(new SoftmaxOp.SparseCrossEntropy(), two, label));
                }
                case 11 -> numbers.add(call(ReductionOp.Reduce.of(ReductionOp.Kind.MEAN, false), any(rows)));
                case 12 -> numbers.add(call(BinaryOp.ADD, any(numbers), any(numbers)));
                case 13 -> {
                    tracer.assign(total, call(UnaryOp.TANH, any(numbers)));
                    numbers.add(tracer.read(total));
                }
                case 14 -> {
                    Tensor once = call(new SourceOp.Fill(Shape.scalar(), DType.INT32, 1));
                    tracer.assign(count, call(BinaryOp.ADD, tracer.read(count), once));
                    numbers.add(call(new ElementwiseOp.Cast(DType.FLOAT32), tracer.read(count)));
                }
                case 15 -> full.add(call(BinaryOp.MULTIPLY, one, any(numbers)));
                case 16 -> rows.add(call(ReductionOp.Reduce.of(ReductionOp.Kind.MAX, false, -1), one));
                default -> throw new AssertionError();
            }
        }
        return tracer.finish(List.of(full.getLast(), rows.getLast(), numbers.getLast()));
    }

    /** Returns how many sequences the passes made. */
    long assertSameBits(PlanTarget target) {
        try {
            Graph graph = draw();
            Graph fused = Passes.optimize(graph, target, Set.of());
            List<HostArray> plain = run(graph);
            List<HostArray> optimized = run(fused);
            for (int i = 0; i < plain.size(); i++) {
                assertThat(optimized.get(i).data().mismatch(plain.get(i).data()))
                        .as("seed %d: the first byte that differs in result %d of\n%s", seed, i, graph)
                        .isEqualTo(-1);
            }
            return fused.nodes().stream()
                    .filter(node -> node.kind() instanceof Node.Call(FusedOp.Sequence _))
                    .count();
        } finally {
            total.close();
            count.close();
        }
    }

    /** The outputs and the variables after three runs. */
    private List<HostArray> run(Graph graph) {
        SplittableRandom values = new SplittableRandom(seed + 1);
        total.assign(HostArray.zeros(Shape.scalar(), DType.FLOAT32).fill(_ -> 0.25));
        count.assign(HostArray.zeros(Shape.scalar(), DType.INT32));
        List<HostArray> results = new ArrayList<>();
        try (Executable executable = Backends.current().compile(Planner.plan(graph, Backends.current()))) {
            for (int turn = 0; turn < 3; turn++) {
                for (int i = 0; i < graph.inputs().size(); i++) {
                    Operand input = executable.input(i);
                    HostArray drawn =
                            HostArray.zeros(input.shape(), input.dtype()).fill(_ -> values.nextGaussian());
                    input.buffer().upload(input.offset(), drawn.data());
                }
                executable.run();
                for (int i = 0; i < graph.outputs().size(); i++) {
                    Operand output = executable.output(i);
                    HostArray got = HostArray.zeros(output.shape(), output.dtype());
                    output.buffer().download(output.offset(), got.data());
                    results.add(got);
                }
                results.add(total.toHost());
                results.add(count.toHost());
            }
        }
        return results;
    }
}
