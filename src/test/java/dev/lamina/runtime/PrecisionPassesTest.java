package dev.lamina.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.graph.Graph;
import dev.lamina.graph.Node;
import dev.lamina.graph.PlanTarget;
import dev.lamina.graph.Tracer;
import dev.lamina.graph.passes.Passes;
import dev.lamina.ops.ElementwiseOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.Op;
import dev.lamina.ops.OptimizerOp;
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

/** What becomes of the casts of a step in mixed precision. */
final class PrecisionPassesTest {
    private static final TensorSpec VECTOR = new TensorSpec(Shape.of(6), DType.FLOAT32);
    private static final Op TO_BFLOAT16 = new ElementwiseOp.Cast(DType.BFLOAT16);
    private static final Op TO_FLOAT32 = new ElementwiseOp.Cast(DType.FLOAT32);

    /** A device that takes all of them, or none. */
    private record Target(boolean willing) implements PlanTarget {
        @Override
        public long workspaceBytes(Op op, List<TensorSpec> inputs) {
            return 0;
        }

        @Override
        public boolean fuses(FusedOp op, List<TensorSpec> inputs) {
            return willing && op instanceof FusedOp.Casts(DType to) && to.isHalf();
        }

        @Override
        public boolean readsHalfGradients() {
            return willing;
        }
    }

    private final Tracer tracer = new Tracer();
    private final Tensor x = tracer.input("x", VECTOR);
    private final Variable weight = Variables.create("weight", HostArray.zeros(Shape.of(4, 6), DType.FLOAT32), true);
    private boolean willing = true;

    @AfterEach
    void close() {
        weight.close();
    }

    private Tensor call(Op op, Tensor... inputs) {
        List<TensorSpec> specs = Arrays.stream(inputs).map(Tensor::spec).toList();
        return tracer.call(op, op.opName(), inputs, op.infer(specs)).get(0);
    }

    /** What is left after these passes and without dead nodes. */
    private List<String> after(String pass, Tensor... outputs) {
        Set<String> others = new HashSet<>(Passes.names());
        others.removeAll(Set.of(pass, "dead-nodes"));
        Graph graph = Passes.optimize(tracer.finish(List.of(outputs)), new Target(willing), others);
        return graph.nodes().stream()
                .filter(node -> node.kind() instanceof Node.Call || node.kind() instanceof Node.Assign)
                .map(node -> node.kind() instanceof Node.Call(Op op) ? op.opName() : "assign")
                .toList();
    }

    @Test
    void castsOfVariablesAndArgumentsAreOne() {
        Tensor cast = call(TO_BFLOAT16, x);
        Tensor y = call(UnaryOp.EXP, cast);
        Tensor other = call(TO_BFLOAT16, tracer.read(weight));
        assertThat(after("merge-casts", y, other)).containsExactly("casts", "exp");
    }

    @Test
    void castsOfResultsStay() {
        Tensor first = call(TO_BFLOAT16, x);
        Tensor later = call(TO_BFLOAT16, call(UnaryOp.EXP, x));
        assertThat(after("merge-casts", first, later)).containsExactly("cast", "exp", "cast");
    }

    @Test
    void castsToDifferentTypesStay() {
        Tensor other = call(new ElementwiseOp.Cast(DType.FLOAT16), tracer.read(weight));
        assertThat(after("merge-casts", call(TO_BFLOAT16, x), other)).containsExactly("cast", "cast");
    }

    @Test
    void castsOnBothSidesOfAnAssignmentThatNeedsTheFirstStay() {
        Tensor before = call(TO_BFLOAT16, tracer.read(weight));
        tracer.assign(weight, call(TO_FLOAT32, call(UnaryOp.EXP, before)));
        Tensor after = call(TO_BFLOAT16, tracer.read(weight));
        assertThat(after("merge-casts", after)).containsExactly("cast", "exp", "cast", "assign", "cast");
    }

    @Test
    void whereTheDeviceDoesNotMergeThemTheyStay() {
        willing = false;
        Tensor other = call(TO_BFLOAT16, tracer.read(weight));
        assertThat(after("merge-casts", call(TO_BFLOAT16, x), other)).containsExactly("cast", "cast");
    }

    /** A step of gradient descent on x with the cast of {@code exp(x)} in 16 bits as gradient. */
    private Tensor step(Tensor gradient) {
        Tensor rate = tracer.input("rate", new TensorSpec(Shape.scalar(), DType.FLOAT32));
        return call(new OptimizerOp.Sgd(0, false, List.of(0.0)), rate, x, gradient);
    }

    private Tensor half() {
        return call(UnaryOp.EXP, call(TO_BFLOAT16, x));
    }

    @Test
    void anOptimizerTakesGradientsBeforeTheirCast() {
        assertThat(after("half-gradients", step(call(TO_FLOAT32, half())))).containsExactly("cast", "exp", "sgd");
    }

    @Test
    void aCastThatIsUsedElsewhereStays() {
        Tensor gradient = call(TO_FLOAT32, half());
        assertThat(after("half-gradients", step(gradient), call(UnaryOp.EXP, gradient)))
                .containsExactly("cast", "exp", "cast", "sgd", "exp");
    }

    @Test
    void aCastWeightStays() {
        Tensor rate = tracer.input("rate", new TensorSpec(Shape.scalar(), DType.FLOAT32));
        Tensor moved = call(new OptimizerOp.Sgd(0, false, List.of(0.0)), rate, call(TO_FLOAT32, half()), x);
        assertThat(after("half-gradients", moved)).containsExactly("cast", "exp", "cast", "sgd");
    }

    @Test
    void whereTheDeviceReadsFloat32AloneTheCastStays() {
        willing = false;
        assertThat(after("half-gradients", step(call(TO_FLOAT32, half()))))
                .containsExactly("cast", "exp", "cast", "sgd");
    }
}
