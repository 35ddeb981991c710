package dev.lamina.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import dev.lamina.ops.MatrixOp;
import dev.lamina.ops.Op;
import dev.lamina.ops.ReductionOp;
import dev.lamina.ops.ShapeOp;
import dev.lamina.ops.SourceOp;
import dev.lamina.ops.UnaryBackwardOp;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** What each pass does to a graph, and that a graph gives the same bits with the passes and without. */
class PassesTest {
    private static final TensorSpec VECTOR = new TensorSpec(Shape.of(64), DType.FLOAT32);
    private static final PlanTarget FUSES = new PlanTarget() {
        @Override
        public long workspaceBytes(Op op, List<TensorSpec> inputs) {
            return 0;
        }

        @Override
        public boolean fuses(FusedOp op, List<TensorSpec> inputs) {
            return true;
        }
    };

    private final Tracer tracer = new Tracer();
    private final Variable state = Variables.create("state", HostArray.zeros(Shape.of(64), DType.FLOAT32), false);

    @AfterEach
    void close() {
        state.close();
    }

    private Tensor call(Op op, Tensor... inputs) {
        List<TensorSpec> specs = Arrays.stream(inputs).map(Tensor::spec).toList();
        return tracer.call(op, op.opName(), inputs, op.infer(specs)).get(0);
    }

    private static List<String> ops(Graph graph) {
        return graph.nodes().stream()
                .map(Node::kind)
                .filter(kind -> !(kind instanceof Node.Input))
                .map(kind -> switch (kind) {
                    case Node.Call call -> call.op().opName();
                    case Node.Read _ -> "read";
                    case Node.Assign _ -> "assign";
                    case Node.Constant _ -> "constant";
                    case Node.Input _ -> "input";
                })
                .toList();
    }

    /** The ops that are left when only one pass runs. */
    private List<String> after(String pass, Tensor... outputs) {
        Set<String> others = new java.util.HashSet<>(Passes.names());
        others.remove(pass);
        return ops(Passes.optimize(tracer.finish(List.of(outputs)), FUSES, others));
    }

    @Test
    void deadNodesGoAndAssignmentsStay() {
        Tensor x = tracer.input("x", VECTOR);
        call(UnaryOp.SQRT, call(UnaryOp.EXP, x));
        tracer.assign(state, call(UnaryOp.TANH, x));
        assertThat(after("dead-nodes", call(UnaryOp.RELU, x))).containsExactly("tanh", "assign", "relu");
    }

    @Test
    void theSameOpOnTheSameValuesRunsOnce() {
        Tensor x = tracer.input("x", VECTOR);
        Tensor sum = call(BinaryOp.ADD, call(UnaryOp.EXP, x), call(UnaryOp.EXP, x));
        assertThat(after("common-subexpressions", sum, call(BinaryOp.ADD, call(UnaryOp.EXP, x), x)))
                .containsExactly("exp", "add", "add");
    }

    @Test
    void readsOnBothSidesOfAnAssignmentAreDifferentValues() {
        Tensor before = call(UnaryOp.EXP, tracer.read(state));
        tracer.assign(state, tracer.input("x", VECTOR));
        Tensor after = call(UnaryOp.EXP, tracer.read(state));
        assertThat(after("common-subexpressions", before, after)).containsExactly("read", "exp", "assign", "exp");
    }

    @Test
    void anAssignedValueIsNotReadBack() {
        tracer.assign(state, call(UnaryOp.EXP, tracer.input("x", VECTOR)));
        Tensor y = call(UnaryOp.SQRT, tracer.read(state));
        assertThat(after("common-subexpressions", y)).containsExactly("exp", "assign", "sqrt");
    }

    private Tensor product() {
        Tensor x = tracer.input("x", new TensorSpec(Shape.of(4, 6), DType.FLOAT32));
        Tensor w = tracer.input("w", new TensorSpec(Shape.of(6, 5), DType.FLOAT32));
        return call(new MatrixOp.Matmul(false, false), x, w);
    }

    private Tensor biased(Tensor product) {
        return call(BinaryOp.ADD, product, tracer.input("b", new TensorSpec(Shape.of(5), DType.FLOAT32)));
    }

    @Test
    void productBiasAndActivationBecomeOne() {
        assertThat(after("fuse-linear", call(UnaryOp.RELU, biased(product())))).containsExactly("linear");
    }

    @Test
    void anActivationWhoseInputIsNeededStays() {
        Tensor z = biased(product());
        assertThat(after("fuse-linear", call(UnaryOp.GELU, z), call(UnaryOp.EXP, z)))
                .containsExactly("linear", "gelu", "exp");
    }

    @Test
    void aProductThatIsNeededStays() {
        Tensor product = product();
        assertThat(after("fuse-linear", biased(product), call(UnaryOp.EXP, product)))
                .containsExactly("matmul", "add", "exp");
    }

    private Tensor gradients(Tensor saved, Tensor dx) {
        return call(UnaryBackwardOp.RELU_BACKWARD, saved, dx);
    }

    @Test
    void aProductAndTheGradientOfReluBecomeOne() {
        Tensor saved = tracer.input("y", new TensorSpec(Shape.of(4, 5), DType.FLOAT32));
        assertThat(after("fuse-gated-product", gradients(saved, product()))).containsExactly("gated_product");
    }

    @Test
    void aProductThatIsTheOutputOfReluIsNoGradient() {
        Tensor dy = tracer.input("dy", new TensorSpec(Shape.of(4, 5), DType.FLOAT32));
        assertThat(after("fuse-gated-product", gradients(product(), dy))).containsExactly("matmul", "relu_backward");
    }

    @Test
    void aGradientThatIsUsedBeforeReluStays() {
        Tensor saved = tracer.input("y", new TensorSpec(Shape.of(4, 5), DType.FLOAT32));
        Tensor dx = product();
        assertThat(after("fuse-gated-product", gradients(saved, dx), call(UnaryOp.EXP, dx)))
                .containsExactly("matmul", "relu_backward", "exp");
    }

    private Tensor kernelGradient(Tensor dy) {
        Tensor x = tracer.input("x", new TensorSpec(Shape.of(dy.shape().size(0), 6), DType.FLOAT32));
        return call(new MatrixOp.Matmul(true, false), x, dy);
    }

    @Test
    void theGradientsOfKernelAndBiasBecomeOne() {
        Tensor dy = call(UnaryOp.EXP, tracer.input("dy", new TensorSpec(Shape.of(4, 5), DType.FLOAT32)));
        Tensor sum = call(ReductionOp.Reduce.of(ReductionOp.Kind.SUM, true, 0), dy);
        assertThat(after("fuse-linear-backward", kernelGradient(dy), call(new ShapeOp.Reshape(Shape.of(5)), sum)))
                .containsExactly("exp", "linear_backward", "reshape", "reshape");
    }

    @Test
    void gradientsOfASequenceAreSummedOverItsRows() {
        Tensor dy = tracer.input("dy", new TensorSpec(Shape.of(2, 3, 5), DType.FLOAT32));
        Tensor sum = call(ReductionOp.Reduce.of(ReductionOp.Kind.SUM, false, 0, 1), dy);
        Tensor rows = call(new ShapeOp.Reshape(Shape.of(6, 5)), dy);
        assertThat(after("fuse-linear-backward", kernelGradient(rows), sum))
                .containsExactly("reshape", "linear_backward");
    }

    @Test
    void otherSumsOfTheGradientStay() {
        Tensor dy = tracer.input("dy", new TensorSpec(Shape.of(4, 5), DType.FLOAT32));
        Tensor all = call(ReductionOp.Reduce.of(ReductionOp.Kind.SUM, false), dy);
        Tensor rows = call(ReductionOp.Reduce.of(ReductionOp.Kind.SUM, false, 1), dy);
        Tensor mean = call(ReductionOp.Reduce.of(ReductionOp.Kind.MEAN, false, 0), dy);
        assertThat(after("fuse-linear-backward", kernelGradient(dy), all, rows, mean))
                .containsExactly("reduce_sum", "reduce_sum", "reduce_mean", "matmul");
    }

    @Test
    void aSumThatTheProductNeedsStays() {
        Tensor dy = tracer.input("dy", new TensorSpec(Shape.of(4, 5), DType.FLOAT32));
        Tensor sum = call(ReductionOp.Reduce.of(ReductionOp.Kind.SUM, true, 0), dy);
        Tensor x = call(new ShapeOp.BroadcastTo(Shape.of(4, 5)), sum);
        assertThat(after("fuse-linear-backward", call(new MatrixOp.Matmul(true, false), x, dy)))
                .containsExactly("reduce_sum", "broadcast_to", "matmul");
    }

    @Test
    void aChainBecomesOneWithItsConstants() {
        Tensor x = tracer.input("x", VECTOR);
        Tensor half = call(new SourceOp.Fill(Shape.scalar(), DType.FLOAT32, 0.5));
        Tensor y = call(UnaryOp.EXP, call(BinaryOp.MULTIPLY, call(UnaryOp.NEGATE, x), half));
        Graph graph = Passes.optimize(tracer.finish(List.of(y)), FUSES, Set.of());
        assertThat(graph.toString()).isEqualTo("""
                        %0 = input x : float32 (64,)
                        %1 = fused_elementwise(64,) { %1 = 0.5; %2 = negate %0; %3 = multiply %2 %1; %4 = exp %3; \
                        return [4] } %0 : float32 (64,)
                        return %1""");
    }

    @Test
    void whatIsUsedOutsideOfAChainIsGivenToo() {
        Tensor x = tracer.input("x", VECTOR);
        Tensor exp = call(UnaryOp.EXP, x);
        Tensor sum = call(ReductionOp.Reduce.of(ReductionOp.Kind.SUM, false), exp);
        assertThat(after("fuse-elementwise", call(UnaryOp.SQRT, exp), sum))
                .containsExactly("fused_elementwise", "reduce_sum");
    }

    @Test
    void aChainDoesNotReachAroundAnotherOp() {
        Tensor x = tracer.input("x", VECTOR);
        Tensor exp = call(UnaryOp.EXP, x);
        Tensor sum = call(ReductionOp.Reduce.of(ReductionOp.Kind.SUM, true), exp);
        assertThat(after("fuse-elementwise", call(BinaryOp.DIVIDE, exp, sum)))
                .containsExactly("exp", "reduce_sum", "divide");
    }

    @Test
    void castsToHalfPrecisionAndWhatFollowsBecomeOne() {
        Tensor x = tracer.input("x", VECTOR);
        Tensor half = call(new ElementwiseOp.Cast(DType.BFLOAT16), x);
        Tensor y = call(new ElementwiseOp.Cast(DType.FLOAT32), call(UnaryOp.SQRT, call(UnaryOp.EXP, half)));
        assertThat(after("fuse-elementwise", y)).containsExactly("fused_elementwise");
    }

    @Test
    void aDeviceThatDoesNotFuseIsLeftAlone() {
        Tensor y = call(UnaryOp.SQRT, call(UnaryOp.EXP, biased(product())));
        assertThat(ops(Passes.optimize(tracer.finish(List.of(y)), (op, specs) -> 0, Set.of())))
                .containsExactly("matmul", "add", "exp", "sqrt");
    }

    @Test
    void anUnknownNameIsRefused() {
        Graph graph = tracer.finish(List.of());
        assertThatThrownBy(() -> Passes.optimize(graph, FUSES, Set.of("fuse-everything")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "[passes] expected names of passes to switch off, of [dead-nodes, common-subexpressions, "
                                + "pool-before-relu, fuse-linear, fuse-linear-backward, fuse-gated-product, fuse-convolution, fuse-pooling, fuse-residual-norm, half-gradients, merge-casts, fuse-sequences, draw-again, fuse-elementwise], or all; received \"fuse-everything\".");
    }

    @RepeatedTest(40)
    void randomProgramsGiveTheSameBits(RepetitionInfo repetition) {
        long seed = repetition.getCurrentRepetition();
        SplittableRandom random = new SplittableRandom(seed);
        DType type = List.of(DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16).get((int) (seed % 3));
        List<Tensor> values = new ArrayList<>();
        values.add(tracer.input("a", new TensorSpec(Shape.of(64), type)));
        values.add(tracer.input("b", new TensorSpec(Shape.of(64), type)));
        Tensor weight = tracer.input("w", new TensorSpec(Shape.of(8, 8), type));
        for (int i = 0; i < 50; i++) {
            Tensor one = values.get(random.nextInt(values.size()));
            Tensor two = values.get(random.nextInt(values.size()));
            switch (random.nextInt(9)) {
                case 0 -> values.add(call(UnaryOp.TANH, one));
                case 1 -> values.add(call(BinaryOp.ADD, one, two));
                case 2 -> values.add(call(BinaryOp.MULTIPLY, one, call(UnaryOp.SIGMOID, two)));
                case 3 -> tracer.assign(state, as(DType.FLOAT32, one));
                case 4 -> values.add(as(type, tracer.read(state)));
                case 5 -> {
                    Tensor sum = call(ReductionOp.Reduce.of(ReductionOp.Kind.MEAN, true), one);
                    values.add(call(BinaryOp.SUBTRACT, two, sum));
                }
                case 6 -> {
                    Tensor matrix = call(new ShapeOp.Reshape(Shape.of(8, 8)), one);
                    Tensor bias = call(new ShapeOp.Slice(List.of(0), List.of(8)), two);
                    Tensor y = call(BinaryOp.ADD, call(new MatrixOp.Matmul(false, false), matrix, weight), bias);
                    values.add(call(UnaryOp.TANH, call(new ShapeOp.Reshape(Shape.of(64)), call(UnaryOp.RELU, y))));
                }
                case 7 ->
                    values.add(call(
                            BinaryOp.MULTIPLY,
                            one,
                            call(new SourceOp.Fill(Shape.scalar(), type, 0.3 * random.nextInt(4)))));
                case 8 -> values.add(call(BinaryOp.MAXIMUM, one, two));
                default -> throw new AssertionError();
            }
        }
        Graph graph = tracer.finish(values.subList(Math.max(0, values.size() - 5), values.size()));
        List<HostArray> plain = run(graph, Set.of("all"), seed);
        List<HostArray> optimized = run(graph, Set.of(), seed);
        for (int i = 0; i < plain.size(); i++) {
            assertThat(optimized.get(i).data().mismatch(plain.get(i).data()))
                    .as("seed %d: the first byte that differs in result %d of\n%s", seed, i, graph)
                    .isEqualTo(-1);
        }
    }

    private Tensor as(DType type, Tensor x) {
        return x.dtype() == type ? x : call(new ElementwiseOp.Cast(type), x);
    }

    /** The outputs and the variable after three runs. */
    private List<HostArray> run(Graph graph, Set<String> off, long seed) {
        SplittableRandom random = new SplittableRandom(seed + 1);
        state.assign(HostArray.zeros(Shape.of(64), DType.FLOAT32).fill(i -> 0.1 * i));
        List<HostArray> results = new ArrayList<>();
        try (Executable executable = Backends.current()
                .compile(Planner.plan(Passes.optimize(graph, Backends.current(), off), Backends.current()))) {
            for (int turn = 0; turn < 3; turn++) {
                for (int i = 0; i < graph.inputs().size(); i++) {
                    Operand input = executable.input(i);
                    HostArray values =
                            HostArray.zeros(input.shape(), input.dtype()).fill(at -> random.nextGaussian());
                    input.buffer().upload(input.offset(), values.data());
                }
                executable.run();
                for (int i = 0; i < graph.outputs().size(); i++) {
                    Operand output = executable.output(i);
                    HostArray values = HostArray.zeros(output.shape(), output.dtype());
                    output.buffer().download(output.offset(), values.data());
                    results.add(values);
                }
                results.add(state.toHost());
            }
        }
        return results;
    }
}
