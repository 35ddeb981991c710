package dev.lamina.graph;

import dev.lamina.errors.TracedValueException;
import dev.lamina.ops.Op;
import dev.lamina.tensor.ConcreteTensor;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Records ops, reads and assignments as the nodes of a graph. A read sees the last assignment before it. Used by one
 * thread.
 */
public final class Tracer {
    private final List<Node> nodes = new ArrayList<>();
    private final List<Node> inputs = new ArrayList<>();
    private final Map<Variable, TracedTensor> reads = new IdentityHashMap<>();
    private final Map<ConcreteTensor, Value> constants = new IdentityHashMap<>();

    /** A new argument of the program. */
    public TracedTensor input(String name, TensorSpec spec) {
        Node node = add(new Node.Input(name), List.of(), List.of(spec));
        inputs.add(node);
        return new TracedTensor(name, this, new Value(node, 0));
    }

    /** The present value of a variable. */
    public TracedTensor read(Variable variable) {
        return reads.computeIfAbsent(variable, v -> {
            Node node = add(new Node.Read(v), List.of(), List.of(v.spec()));
            return new TracedTensor(v.name(), this, new Value(node, 0));
        });
    }

    /** Records an assignment; later reads see it. */
    public void assign(Variable variable, Tensor value) {
        add(new Node.Assign(variable), List.of(value(variable.name(), value)), List.of());
        reads.remove(variable);
    }

    /**
     * Records an op.
     *
     * @param label names the outputs in messages
     * @param outputs the specs that the op's rule gave
     */
    public List<Tensor> call(Op op, String label, Tensor[] arguments, List<TensorSpec> outputs) {
        List<Value> values = new ArrayList<>(arguments.length);
        for (Tensor argument : arguments) {
            values.add(value(op.opName(), argument));
        }
        Node node = add(new Node.Call(op), values, outputs);
        List<Tensor> results = new ArrayList<>(outputs.size());
        for (int i = 0; i < outputs.size(); i++) {
            results.add(new TracedTensor(label, this, new Value(node, i)));
        }
        return results;
    }

    /** The finished program. */
    public Graph finish(List<Tensor> outputs) {
        List<Value> values =
                outputs.stream().map(output -> value("return", output)).toList();
        return new Graph(nodes, inputs, values);
    }

    private Value value(String where, Tensor tensor) {
        return switch (tensor) {
            case TracedTensor traced -> {
                if (traced.tracer() != this) {
                    throw new TracedValueException(
                            "[" + where + "] expected a tensor of the step being traced; received \""
                                    + traced.name() + "\" " + traced.spec()
                                    + ", traced in another step. Keep values between steps in a Variable.");
                }
                yield traced.value();
            }
            case Variable variable -> read(variable).value();
            case ConcreteTensor concrete -> constants.computeIfAbsent(concrete, this::constant);
            case SymbolicTensor symbolic ->
                throw new TracedValueException(
                        "[" + where + "] expected a tensor of the step being traced; received the symbolic "
                                + symbolic.spec() + ".");
            // Tensor is open to subclasses only inside Lamina; these are all there are.
            case Tensor other ->
                throw new IllegalStateException("[" + where + "] unknown kind of tensor " + other.getClass());
        };
    }

    private Value constant(ConcreteTensor tensor) {
        ConcreteTensor own = new ConcreteTensor(
                tensor.name(), tensor.spec(), tensor.storage().retain(), tensor.offset());
        return new Value(add(new Node.Constant(own), List.of(), List.of(own.spec())), 0);
    }

    private Node add(Node.Kind kind, List<Value> arguments, List<TensorSpec> outputs) {
        Node node = new Node(kind, arguments, outputs);
        nodes.add(node);
        return node;
    }
}
