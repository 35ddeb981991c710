package dev.lamina.tensor;

import dev.lamina.errors.TracedValueException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A tensor of which only shape (with unknown axes, perhaps) and type are known: for inferring what layers give, and, if
 * it descends from a model's inputs, for building a model of calls (Keras's KerasTensor).
 */
public final class SymbolicTensor extends Tensor {
    private final String name;
    private final @Nullable CallNode node;
    private final int index;

    /** A tensor that no call made. */
    public SymbolicTensor(String name, TensorSpec spec) {
        this(name, spec, null, 0);
    }

    SymbolicTensor(String name, TensorSpec spec, @Nullable CallNode node, int index) {
        super(spec);
        this.name = name;
        this.node = node;
        this.index = index;
    }

    @Override
    public String name() {
        return name;
    }

    /** The call that made this tensor; none for one that only infers shapes. */
    public Optional<CallNode> node() {
        return Optional.ofNullable(node);
    }

    /** Which of the call's outputs this is, counted from 0. */
    public int index() {
        return index;
    }

    /** Whether a tensor belongs to a graph of calls. */
    public static boolean isInGraph(Tensor tensor) {
        return tensor instanceof SymbolicTensor symbolic && symbolic.node != null;
    }

    @Override
    public HostArray toHost() {
        throw new TracedValueException("[" + name + "] expected a tensor with values; received a symbolic " + spec()
                + ", which has a shape and a type only. Call the layer on data instead.");
    }

    @Override
    public String toString() {
        return "SymbolicTensor \"" + name + "\" shape=" + shape() + ", dtype=" + dtype();
    }
}
