package dev.lamina.tensor;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One call in a graph of layers: of a layer or an op on {@linkplain SymbolicTensor symbolic tensors} that descend from
 * a model's inputs. Its outputs remember it, so that a model can be made from inputs and outputs alone, and the call
 * can be repeated on values.
 */
public abstract class CallNode {
    private static final AtomicLong CREATED = new AtomicLong();

    private final long order = CREATED.getAndIncrement();
    private final String name;
    private final List<Tensor> inputs;
    private final List<SymbolicTensor> outputs;

    /**
     * @param name of the layer or the op
     * @param inputs what it was called on: symbolic tensors, and perhaps constants
     * @param results what the call gave; the node's outputs are new tensors of their specs and masks
     */
    protected CallNode(String name, List<Tensor> inputs, List<Tensor> results) {
        this.name = name;
        this.inputs = List.copyOf(inputs);
        List<SymbolicTensor> made = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            String label = inputs.isEmpty() ? name : name + "/output" + (results.size() == 1 ? "" : "_" + i);
            SymbolicTensor output = new SymbolicTensor(label, results.get(i).spec(), this, i);
            results.get(i).mask().ifPresent(output::setMask);
            made.add(output);
        }
        this.outputs = Collections.unmodifiableList(made);
    }

    /** Repeats the call on other inputs of the same number, in a constant's place the constant itself. */
    public abstract List<Tensor> call(List<Tensor> values);

    /** What was called: calls of one layer have the same callee. */
    public abstract Object callee();

    public final String name() {
        return name;
    }

    public final List<Tensor> inputs() {
        return inputs;
    }

    public final List<SymbolicTensor> outputs() {
        return outputs;
    }

    /** Whether this is no call but an input of the graph. */
    public final boolean isInput() {
        return inputs.isEmpty();
    }

    /** Later calls have larger numbers. */
    public final long order() {
        return order;
    }

    @Override
    public String toString() {
        return "CallNode \"" + name + "\" " + inputs.stream().map(Tensor::name).toList();
    }
}
