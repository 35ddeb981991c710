package dev.lamina.tensor;

import dev.lamina.errors.TracedValueException;

/** A tensor of which only shape (with unknown axes, perhaps) and type are known: for inferring what layers give. */
public final class SymbolicTensor extends Tensor {
    private final String name;

    public SymbolicTensor(String name, TensorSpec spec) {
        super(spec);
        this.name = name;
    }

    @Override
    public String name() {
        return name;
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
