package dev.lamina.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.graph.Graph;
import dev.lamina.graph.Node;
import dev.lamina.graph.PlanTarget;
import dev.lamina.graph.Tracer;
import dev.lamina.graph.passes.Passes;
import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.NormalizationOp;
import dev.lamina.ops.Op;
import dev.lamina.ops.ResidualNorm;
import dev.lamina.ops.ShapeOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which sums become a part of a layer normalization or its gradient, and which stay. */
final class FuseResidualNormTest {
    private static final Shape SHAPE = Shape.of(4, 6);

    private final Tracer tracer = new Tracer();
    private boolean willing = true;

    private final PlanTarget target = new PlanTarget() {
        @Override
        public long workspaceBytes(Op op, List<TensorSpec> inputs) {
            return 0;
        }

        @Override
        public boolean fuses(FusedOp op, List<TensorSpec> inputs) {
            return willing;
        }
    };

    private List<Tensor> callAll(Op op, Tensor... inputs) {
        List<TensorSpec> specs = Arrays.stream(inputs).map(Tensor::spec).toList();
        return tracer.call(op, op.opName(), inputs, op.infer(specs));
    }

    private Tensor call(Op op, Tensor... inputs) {
        return callAll(op, inputs).get(0);
    }

    private Tensor input(String name, int... sizes) {
        return tracer.input(name, new TensorSpec(Shape.of(sizes), DType.FLOAT32));
    }

    private Tensor sum() {
        return call(BinaryOp.ADD, input("x", 4, 6), input("r", 4, 6));
    }

    private Tensor norm(Tensor x) {
        return call(new NormalizationOp.LayerNorm(1e-3), x, input("gamma", 6), input("beta", 6));
    }

    /** dx, dgamma, dbeta. */
    private List<Tensor> gradients() {
        return gradients(input("dy", 4, 6));
    }

    private List<Tensor> gradients(Tensor dy) {
        return callAll(
                new NormalizationOp.LayerNormBackward(),
                input("x", 4, 6),
                input("gamma", 6),
                input("mean", 4),
                input("inverse", 4),
                dy);
    }

    private Graph optimized(Tensor... outputs) {
        Set<String> others = new HashSet<>(Passes.names());
        others.remove("fuse-residual-norm");
        return Passes.optimize(tracer.finish(List.of(outputs)), target, others);
    }

    private List<String> after(Tensor... outputs) {
        return ops(optimized(outputs));
    }

    private static List<String> ops(Graph graph) {
        return graph.nodes().stream()
                .filter(node -> node.kind() instanceof Node.Call)
                .map(node -> node.kind() instanceof Node.Call(Op op) ? op.opName() : "")
                .toList();
    }

    private static boolean keeps(Graph graph) {
        return graph.nodes().stream()
                .anyMatch(node -> node.kind() instanceof Node.Call(ResidualNorm op)
                        && op.keeps()
                        && node.outputs().size() == 4);
    }

    @Test
    void aSumThatIsNormalizedIsNotStored() {
        Graph graph = optimized(norm(sum()));
        assertThat(ops(graph)).containsExactly("residual_layer_norm");
        assertThat(keeps(graph)).isFalse();
    }

    @Test
    void aSumThatIsUsedElsewhereIsAResultToo() {
        Tensor sum = sum();
        Graph graph = optimized(call(UnaryOp.EXP, sum), norm(sum));
        assertThat(ops(graph)).containsExactly("residual_layer_norm", "exp");
        assertThat(keeps(graph)).isTrue();
    }

    @Test
    void aSumThatIsReturnedIsAResultToo() {
        Tensor sum = sum();
        Graph graph = optimized(norm(sum), sum);
        assertThat(ops(graph)).containsExactly("residual_layer_norm");
        assertThat(keeps(graph)).isTrue();
    }

    @Test
    void oneOfTwoNormsOfASumTakesIt() {
        Tensor sum = sum();
        assertThat(after(norm(sum), norm(sum))).containsExactly("residual_layer_norm", "layer_norm");
    }

    @Test
    void aBiasIsNoResidual() {
        Tensor sum = call(BinaryOp.ADD, input("x", 4, 6), input("b", 6));
        assertThat(after(norm(sum))).containsExactly("add", "layer_norm");
    }

    @Test
    void aDifferenceStays() {
        Tensor difference = call(BinaryOp.SUBTRACT, input("x", 4, 6), input("r", 4, 6));
        assertThat(after(norm(difference))).containsExactly("subtract", "layer_norm");
    }

    @Test
    void aSumThatEndsAChainIsLeftToTheChain() {
        Tensor exp = call(UnaryOp.EXP, input("x", 4, 6));
        assertThat(after(norm(call(BinaryOp.ADD, exp, input("r", 4, 6))))).containsExactly("exp", "add", "layer_norm");
    }

    @Test
    void aChainThatGoesElsewhereTooLeavesTheSum() {
        Tensor exp = call(UnaryOp.EXP, input("x", 4, 6));
        assertThat(after(norm(call(BinaryOp.ADD, exp, input("r", 4, 6))), exp))
                .containsExactly("exp", "residual_layer_norm");
    }

    @Test
    void whatIsScaledByTheSumItselfStays() {
        Tensor sum = sum();
        Tensor gamma = call(new ShapeOp.Slice(List.of(0), List.of(6)), call(new ShapeOp.Reshape(Shape.of(24)), sum));
        Tensor y = call(new NormalizationOp.LayerNorm(1e-3), sum, gamma, input("beta", 6));
        assertThat(after(y)).containsExactly("add", "reshape", "slice", "layer_norm");
    }

    @Test
    void whatIsComputedBetweenComesFirst() {
        Tensor sum = sum();
        Tensor gamma = call(UnaryOp.EXP, input("g", 6));
        Tensor y = call(new NormalizationOp.LayerNorm(1e-3), sum, gamma, input("beta", 6));
        assertThat(after(y)).containsExactly("exp", "residual_layer_norm");
    }

    @Test
    void theGradientsOfBothSidesBecomeOne() {
        List<Tensor> gradients = gradients();
        Tensor other = call(UnaryOp.EXP, input("other", 4, 6));
        Tensor dx = call(BinaryOp.ADD, other, gradients.get(0));
        assertThat(after(dx, gradients.get(1), gradients.get(2)))
                .containsExactly("exp", "residual_layer_norm_backward");
    }

    @Test
    void theSumOfGradientsBeforeIsTakenToo() {
        List<Tensor> gradients = gradients(sum());
        Tensor dx = call(BinaryOp.ADD, gradients.get(0), input("other", 4, 6));
        assertThat(after(dx, gradients.get(1), gradients.get(2))).containsExactly("residual_layer_norm_backward");
    }

    @Test
    void theSumBeforeIsTakenAlone() {
        List<Tensor> gradients = gradients(sum());
        assertThat(after(call(UnaryOp.EXP, gradients.get(0)), gradients.get(1)))
                .containsExactly("residual_layer_norm_backward", "exp");
    }

    @Test
    void aSumOfGradientsThatIsUsedElsewhereStays() {
        Tensor dy = sum();
        assertThat(after(gradients(dy).get(0), call(UnaryOp.EXP, dy)))
                .containsExactly("add", "layer_norm_backward", "exp");
    }

    @Test
    void whatIsAddedAfterMayComeOfTheSumBeforeNoMore() {
        Tensor dy = sum();
        Tensor dx = call(BinaryOp.ADD, gradients(dy).get(0), call(UnaryOp.EXP, dy));
        assertThat(after(dx)).containsExactly("add", "exp", "residual_layer_norm_backward");
    }

    @Test
    void aGradientThatIsUsedBeforeTheSumStays() {
        Tensor dx = gradients().get(0);
        Tensor sum = call(BinaryOp.ADD, dx, input("other", 4, 6));
        assertThat(after(sum, call(UnaryOp.EXP, dx))).containsExactly("layer_norm_backward", "add", "exp");
    }

    @Test
    void twiceAGradientStays() {
        Tensor dx = gradients().get(0);
        assertThat(after(call(BinaryOp.ADD, dx, dx))).containsExactly("layer_norm_backward", "add");
    }

    @Test
    void aSumWithWhatTheGradientsGiveStays() {
        List<Tensor> gradients = gradients();
        Tensor other = call(new ShapeOp.BroadcastTo(SHAPE), gradients.get(1));
        assertThat(after(call(BinaryOp.ADD, gradients.get(0), other)))
                .containsExactly("layer_norm_backward", "broadcast_to", "add");
    }

    @Test
    void aDeviceThatDoesNotFuseIsLeftAlone() {
        willing = false;
        Tensor dx = call(BinaryOp.ADD, gradients().get(0), norm(sum()));
        assertThat(after(dx)).containsExactly("layer_norm_backward", "add", "layer_norm", "add");
    }
}
