package dev.lamina.layers;

import dev.lamina.tensor.DType;

/** In which type a layer computes and in which it keeps its weights. */
public record DTypePolicy(DType compute, DType variable) {
    public static final DTypePolicy FLOAT32 = new DTypePolicy(DType.FLOAT32, DType.FLOAT32);
    public static final DTypePolicy FLOAT64 = new DTypePolicy(DType.FLOAT64, DType.FLOAT64);

    public DTypePolicy {
        if (!compute.isFloating() || !variable.isFloating()) {
            throw new IllegalArgumentException("[dtype policy] expected floating-point types; received compute "
                    + compute + " and variable " + variable + ".");
        }
    }

    /** The policy of that Keras name: a type's name. */
    public static DTypePolicy of(String name) {
        DType type = DType.of(name);
        return new DTypePolicy(type, type);
    }

    @Override
    public String toString() {
        return compute == variable ? compute.toString() : "compute " + compute + ", variable " + variable;
    }
}
