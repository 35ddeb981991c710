package dev.lamina.graph;

import dev.lamina.ops.Op;
import dev.lamina.tensor.ConcreteTensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.util.List;

/** One entry of a graph. Nodes are compared by identity; their order in the graph is the order of execution. */
public final class Node {
    /** What a node does. */
    public sealed interface Kind permits Input, Constant, Read, Assign, Call {}

    /** An argument of the program. */
    public record Input(String name) implements Kind {}

    /** A tensor that existed before the trace. */
    public record Constant(ConcreteTensor tensor) implements Kind {}

    /** The value of a variable at this point of the program. */
    public record Read(Variable variable) implements Kind {}

    /** An effect: the variable takes the value of the node's input. */
    public record Assign(Variable variable) implements Kind {}

    /** An op applied to the node's inputs. */
    public record Call(Op op) implements Kind {}

    private final Kind kind;
    private final List<Value> inputs;
    private final List<TensorSpec> outputs;

    Node(Kind kind, List<Value> inputs, List<TensorSpec> outputs) {
        this.kind = kind;
        this.inputs = List.copyOf(inputs);
        this.outputs = List.copyOf(outputs);
    }

    public Kind kind() {
        return kind;
    }

    public List<Value> inputs() {
        return inputs;
    }

    /** The specs of what the node gives; none for an assignment. */
    public List<TensorSpec> outputs() {
        return outputs;
    }

    @Override
    public String toString() {
        return switch (kind) {
            case Input input -> "input " + input.name();
            case Constant constant -> "constant " + constant.tensor().spec();
            case Read read -> "read " + read.variable().name();
            case Assign assign -> "assign " + assign.variable().name();
            case Call call -> call.op().toString();
        };
    }
}
