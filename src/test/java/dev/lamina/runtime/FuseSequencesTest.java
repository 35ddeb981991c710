package dev.lamina.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.graph.Graph;
import dev.lamina.graph.Node;
import dev.lamina.graph.PlanTarget;
import dev.lamina.graph.Tracer;
import dev.lamina.graph.passes.Passes;
import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.Op;
import dev.lamina.ops.ReductionOp;
import dev.lamina.ops.ShapeOp;
import dev.lamina.ops.SoftmaxOp;
import dev.lamina.ops.SourceOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** What becomes a sequence on a device that takes every one, and that it gives the same bits. */
class FuseSequencesTest {
    private static final PlanTarget TAKES_ALL = new PlanTarget() {
        @Override
        public long workspaceBytes(Op op, List<TensorSpec> inputs) {
            return 0;
        }

        @Override
        public boolean fuses(FusedOp op, List<TensorSpec> inputs) {
            return op instanceof FusedOp.Sequence;
        }

        @Override
        public boolean fusesSequences() {
            return true;
        }
    };

    private static final TensorSpec ROWS = new TensorSpec(Shape.of(6, 10), DType.FLOAT32);
    private static final ReductionOp.Reduce SUM = ReductionOp.Reduce.of(ReductionOp.Kind.SUM, true, -1);

    private final Tracer tracer = new Tracer();
    private final Tensor x = tracer.input("x", ROWS);
    private final Variable counter = Variables.create("counter", HostArray.zeros(Shape.scalar(), DType.INT32), false);
    private final Variable total = Variables.create("total", HostArray.zeros(Shape.scalar(), DType.FLOAT32), false);

    @AfterEach
    void close() {
        counter.close();
        total.close();
    }

    private Tensor call(Op op, Tensor... inputs) {
        List<TensorSpec> specs = Arrays.stream(inputs).map(Tensor::spec).toList();
        return tracer.call(op, op.opName(), inputs, op.infer(specs)).get(0);
    }

    private Tensor number(double value, DType dtype) {
        return call(new SourceOp.Fill(Shape.scalar(), dtype, value));
    }

    /** The graph after this pass, and dead nodes gone. */
    private Graph optimized(PlanTarget target, Tensor... outputs) {
        Set<String> others = new HashSet<>(Passes.names());
        others.removeAll(Set.of("fuse-sequences", "dead-nodes"));
        return Passes.optimize(tracer.finish(List.of(outputs)), target, others);
    }

    private static List<String> calls(Graph graph) {
        return graph.nodes().stream()
                .filter(node -> node.kind() instanceof Node.Call)
                .map(node -> node.kind() instanceof Node.Call(Op op) ? op.opName() : "")
                .toList();
    }

    @Test
    void whatLiesAroundARowOpBecomesOneWithIt() {
        Tensor scaled = call(BinaryOp.MULTIPLY, x, number(0.5, DType.FLOAT32));
        Tensor y = call(BinaryOp.DIVIDE, scaled, call(SUM, scaled));
        assertThat(optimized(TAKES_ALL, y).toString()).isEqualTo("""
                %0 = input x : float32 (6, 10)
                %1 = fused_sequence { %1 = fill; %2 = multiply %0 %1; %3 = reduce_sum %2; %4 = divide %2 %3; return [4] } \
                %0 : float32 (6, 10)
                return %1""");
    }

    @Test
    void aRepeatedConstantIsOne() {
        Tensor half = call(new ShapeOp.BroadcastTo(Shape.of(6, 10)), number(0.5, DType.FLOAT32));
        Tensor y = call(SUM, call(BinaryOp.MULTIPLY, x, half));
        assertThat(calls(optimized(TAKES_ALL, y))).containsExactly("fused_sequence");
    }

    @Test
    void aReshapedResultSharesTheMemory() {
        Tensor y = call(SUM, call(UnaryOp.EXP, x));
        Tensor row = call(new ShapeOp.Reshape(Shape.of(6)), call(new ShapeOp.Reshape(Shape.of(2, 3)), y));
        Graph graph = optimized(TAKES_ALL, row, y);
        assertThat(calls(graph)).containsExactly("fused_sequence", "reshape");
        assertThat(graph.nodes().get(1).outputs()).hasSize(1);
    }

    @Test
    void elementwiseOpsAloneStayAChain() {
        assertThat(calls(optimized(TAKES_ALL, call(UnaryOp.SQRT, call(UnaryOp.EXP, x)))))
                .containsExactly("exp", "sqrt");
    }

    @Test
    void aSequenceDoesNotReachAroundAnotherOp() {
        Tensor exp = call(SUM, call(UnaryOp.EXP, x));
        Tensor other = call(new ShapeOp.Transpose(List.of(1, 0)), exp);
        Tensor y = call(BinaryOp.ADD, exp, call(new ShapeOp.Transpose(List.of(1, 0)), other));
        assertThat(calls(optimized(TAKES_ALL, call(new SoftmaxOp.Softmax(), y))))
                .containsExactly("fused_sequence", "transpose", "transpose", "fused_sequence");
    }

    @Test
    void allThatEndsInNumbersIsOne() {
        Tensor mean = call(ReductionOp.Reduce.of(ReductionOp.Kind.MEAN, false), x);
        tracer.assign(total, call(BinaryOp.ADD, tracer.read(total), mean));
        tracer.assign(counter, call(BinaryOp.ADD, tracer.read(counter), number(1, DType.INT32)));
        Tensor largest = call(ReductionOp.Reduce.of(ReductionOp.Kind.MAX, false), x);
        assertThat(calls(optimized(TAKES_ALL, largest))).containsExactly("fused_sequence");
    }

    @Test
    void aCounterGoesWithALargeResultToo() {
        Tensor y = call(new SoftmaxOp.Softmax(), call(UnaryOp.EXP, x));
        tracer.assign(counter, call(BinaryOp.ADD, tracer.read(counter), number(1, DType.INT32)));
        assertThat(calls(optimized(TAKES_ALL, y))).containsExactly("fused_sequence");
    }

    @Test
    void aDeviceWithoutLaunchesIsLeftAlone() {
        Tensor y = call(SUM, call(UnaryOp.EXP, x));
        assertThat(calls(optimized((op, specs) -> 0, y))).containsExactly("exp", "reduce_sum");
    }

    @RepeatedTest(40)
    void randomProgramsGiveTheSameBits(RepetitionInfo repetition) {
        new RandomRows(repetition.getCurrentRepetition()).assertSameBits(TAKES_ALL);
    }
}
