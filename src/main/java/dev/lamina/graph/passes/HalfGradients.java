package dev.lamina.graph.passes;

import dev.lamina.graph.Graph;
import dev.lamina.graph.GraphRewriter;
import dev.lamina.graph.Node;
import dev.lamina.graph.PlanTarget;
import dev.lamina.graph.Value;
import dev.lamina.ops.ElementwiseOp;
import dev.lamina.ops.OptimizerOp;
import dev.lamina.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/**
 * An optimizer's step takes gradients of 16 bits as they are where nothing else uses their casts, which are then dead
 * nodes.
 */
final class HalfGradients implements Pass {
    @Override
    public String name() {
        return "half-gradients";
    }

    @Override
    public Graph apply(Graph graph, PlanTarget target) {
        if (!target.readsHalfGradients()) {
            return graph;
        }
        Uses uses = new Uses(graph);
        GraphRewriter rewriter = new GraphRewriter(graph);
        for (Node node : graph.nodes()) {
            if (node.kind() instanceof Node.Call(OptimizerOp op)) {
                List<Value> inputs = new ArrayList<>();
                for (int i = 0; i < node.inputs().size(); i++) {
                    Value input = node.inputs().get(i);
                    inputs.add(rewriter.of(isGradient(op, i) && isCastHalf(input, uses) ? before(input) : input));
                }
                Node step = rewriter.add(node.kind(), inputs, node.outputs());
                for (int i = 0; i < node.outputs().size(); i++) {
                    rewriter.replace(new Value(node, i), new Value(step, i));
                }
            } else {
                rewriter.keep(node);
            }
        }
        return rewriter.finish();
    }

    private static boolean isGradient(OptimizerOp op, int input) {
        return input >= op.shared() && (input - op.shared()) % op.inputsPerWeight() == 1;
    }

    private static Value before(Value cast) {
        return cast.node().inputs().getFirst();
    }

    private static boolean isCastHalf(Value value, Uses uses) {
        return value.node().kind() instanceof Node.Call(ElementwiseOp.Cast _)
                && value.spec().dtype() == DType.FLOAT32
                && before(value).spec().dtype().isHalf()
                && uses.only(value).isPresent();
    }
}
