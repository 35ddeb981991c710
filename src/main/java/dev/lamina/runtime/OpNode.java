package dev.lamina.runtime;

import dev.lamina.ops.Op;
import dev.lamina.ops.ShapeOp;
import dev.lamina.tensor.CallNode;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import java.util.List;

/**
 * An op applied to tensors of a graph of layers, outside of any layer. What the op was made of is fixed then: a number
 * that Java code took from a shape whose batch axis was unknown stays that number; but axes that were unknown before
 * and after a reshape have their sizes in each call.
 */
public final class OpNode extends CallNode {
    private final Op op;

    private OpNode(Op op, List<Tensor> inputs, List<Tensor> results) {
        super(op.opName(), inputs, results);
        this.op = op;
    }

    /** The results as they are, or, if an input belongs to a graph, as outputs of a node. */
    static List<Tensor> record(Op op, Tensor[] inputs, List<Tensor> results) {
        for (Tensor input : inputs) {
            if (SymbolicTensor.isInGraph(input)) {
                return List.copyOf(new OpNode(op, List.of(inputs), results).outputs());
            }
        }
        return results;
    }

    public Op op() {
        return op;
    }

    @Override
    public List<Tensor> call(List<Tensor> values) {
        Op now = op instanceof ShapeOp.Reshape reshape
                ? reshape.at(inputs().get(0).shape(), values.get(0).shape())
                : op;
        return Dispatch.INSTANCE.applyAll(now, values.toArray(Tensor[]::new));
    }

    @Override
    public Object callee() {
        return this;
    }
}
