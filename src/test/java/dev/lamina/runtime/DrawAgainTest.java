package dev.lamina.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.graph.Graph;
import dev.lamina.graph.Node;
import dev.lamina.graph.PlanTarget;
import dev.lamina.graph.Tracer;
import dev.lamina.graph.passes.Passes;
import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.ElementwiseOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.Op;
import dev.lamina.ops.RandomOp;
import dev.lamina.ops.ReductionOp;
import dev.lamina.ops.ShapeOp;
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
import org.junit.jupiter.api.Test;

/** Which random choices the passes draw again, and what they leave as it is. */
final class DrawAgainTest {
    private static final Shape SHAPE = Shape.of(4, 6);
    private static final TensorSpec X = new TensorSpec(SHAPE, DType.FLOAT32);
    private static final ElementwiseOp.Select WHERE = new ElementwiseOp.Select();

    private final Tracer tracer = new Tracer();
    private final Variable state = Variables.create("state", HostArray.of(new long[] {7, 0}), false);
    private boolean willing = true;

    private final PlanTarget target = new PlanTarget() {
        @Override
        public long workspaceBytes(Op op, List<TensorSpec> inputs) {
            return 0;
        }

        @Override
        public boolean fuses(FusedOp op, List<TensorSpec> inputs) {
            return op instanceof FusedOp.Elementwise chain
                    && (willing || chain.draws().isEmpty());
        }
    };

    @AfterEach
    void close() {
        state.close();
    }

    private Tensor call(Op op, Tensor... inputs) {
        List<TensorSpec> specs = Arrays.stream(inputs).map(Tensor::spec).toList();
        return tracer.call(op, op.opName(), inputs, op.infer(specs)).get(0);
    }

    private Tensor number(double value) {
        return call(new SourceOp.Fill(Shape.scalar(), DType.FLOAT32, value));
    }

    /** Where to keep; the generator has moved on then. */
    private Tensor choice(Shape shape) {
        Tensor before = tracer.read(state);
        Tensor uniform = call(new RandomOp.Uniform(shape, DType.FLOAT32), before);
        tracer.assign(state, call(BinaryOp.ADD, before, tracer.input("one", before.spec())));
        return call(BinaryOp.GREATER_EQUAL, uniform, number(0.5));
    }

    private Tensor dropped(Tensor choice, String name) {
        return call(WHERE, choice, tracer.input(name, X), number(0));
    }

    /** What is left of these outputs without dead nodes, when the other passes are off. */
    private List<String> after(Set<String> passes, Tensor... outputs) {
        Set<String> others = new HashSet<>(Passes.names());
        others.removeAll(passes);
        Graph graph = Passes.optimize(tracer.finish(List.of(outputs)), target, others);
        return graph.nodes().stream()
                .map(Node::kind)
                .filter(kind -> kind instanceof Node.Call || kind instanceof Node.Assign)
                .filter(kind -> !(kind instanceof Node.Call(SourceOp.Fill _)))
                .map(kind -> kind instanceof Node.Call(Op op) ? op.opName() : "assign")
                .toList();
    }

    private List<String> after(Tensor... outputs) {
        return after(Set.of("draw-again", "dead-nodes"), outputs);
    }

    @Test
    void eachUserDrawsAndTheGeneratorMovesOnAtTheEnd() {
        Tensor choice = choice(SHAPE);
        Tensor forward = dropped(choice, "x");
        Tensor sum = call(ReductionOp.Reduce.of(ReductionOp.Kind.SUM, true), forward);
        assertThat(after(sum, dropped(choice, "dy")))
                .containsExactly(
                        "random_uniform",
                        "greater_equal",
                        "where",
                        "reduce_sum",
                        "random_uniform",
                        "greater_equal",
                        "where",
                        "add",
                        "assign");
    }

    @Test
    void nothingOfAChoiceIsStored() {
        Tensor choice = choice(SHAPE);
        Tensor forward = dropped(choice, "x");
        Tensor sum = call(ReductionOp.Reduce.of(ReductionOp.Kind.SUM, true), forward);
        Tensor gradient = call(WHERE, choice, call(new ShapeOp.BroadcastTo(SHAPE), call(UnaryOp.EXP, sum)), number(0));
        Graph graph = Passes.optimize(
                tracer.finish(List.of(sum, gradient)), target, Set.of("fuse-sequences", "common-subexpressions"));
        List<Integer> outputs = graph.nodes().stream()
                .filter(node -> node.kind() instanceof Node.Call(FusedOp.Elementwise chain)
                        && chain.draws().size() == 1)
                .map(node -> node.outputs().size())
                .toList();
        assertThat(outputs).as("results of each chain that draws").containsExactly(1, 1);
    }

    @Test
    void aChoiceThatIsUsedOnceStays() {
        assertThat(after(dropped(choice(SHAPE), "x")))
                .containsExactly("random_uniform", "add", "assign", "greater_equal", "where");
    }

    @Test
    void aChoiceForSeveralElementsStays() {
        Tensor choice = choice(Shape.of(4, 1));
        assertThat(after(dropped(choice, "x"), dropped(choice, "dy")))
                .containsExactly("random_uniform", "add", "assign", "greater_equal", "where", "where");
    }

    @Test
    void aChoiceThatIsAResultStays() {
        Tensor choice = choice(SHAPE);
        assertThat(after(choice, dropped(choice, "x"), dropped(choice, "dy")))
                .containsExactly("random_uniform", "add", "assign", "greater_equal", "where", "where");
    }

    @Test
    void aChoiceThatIsNotUsedElementByElementStays() {
        Tensor choice = choice(SHAPE);
        Tensor shaped = call(new ShapeOp.Reshape(Shape.of(24)), choice);
        assertThat(after(dropped(choice, "x"), shaped))
                .containsExactly("random_uniform", "add", "assign", "greater_equal", "reshape", "where");
    }

    @Test
    void aDeviceThatDrawsByItselfIsLeftAlone() {
        willing = false;
        Tensor choice = choice(SHAPE);
        assertThat(after(dropped(choice, "x"), dropped(choice, "dy")))
                .containsExactly("random_uniform", "add", "assign", "greater_equal", "where", "where");
    }

    @Test
    void aGeneratorThatIsReadLaterMovesOnWhereItDid() {
        Tensor choice = choice(SHAPE);
        Tensor later = call(UnaryOp.ABS, tracer.read(state));
        assertThat(after(dropped(choice, "x"), dropped(choice, "dy"), later))
                .containsExactly(
                        "random_uniform",
                        "add",
                        "assign",
                        "greater_equal",
                        "abs",
                        "where",
                        "random_uniform",
                        "greater_equal",
                        "where");
    }

    @Test
    void twoDrawsOfAGeneratorKeepTheirStates() {
        Tensor first = choice(SHAPE);
        Tensor second = choice(SHAPE);
        Graph graph = Passes.optimize(
                tracer.finish(
                        List.of(dropped(first, "a"), dropped(first, "b"), dropped(second, "c"), dropped(second, "d"))),
                target,
                Set.of());
        List<Object> states = graph.nodes().stream()
                .filter(node -> node.kind() instanceof Node.Call(FusedOp.Elementwise chain)
                        && !chain.draws().isEmpty())
                .<Object>map(node -> node.inputs().stream()
                        .filter(input -> input.spec().dtype() == DType.INT64)
                        .toList())
                .toList();
        assertThat(states).hasSize(4);
        assertThat(states.get(0)).isEqualTo(states.get(1));
        assertThat(states.get(2)).isEqualTo(states.get(3)).isNotEqualTo(states.get(0));
    }
}
