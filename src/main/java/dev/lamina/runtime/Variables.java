package dev.lamina.runtime;

import dev.lamina.backend.Backends;
import dev.lamina.tensor.ConcreteTensor;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.lang.ref.Reference;
import java.util.function.Supplier;

/** Makes variables. Their owner closes them; one that nobody reaches any more is freed like any tensor. */
public final class Variables {
    private Variables() {}

    /** A variable with a copy of these values. */
    public static Variable create(String name, Tensor initial, boolean trainable) {
        return Ambient.eagerly(() -> {
            ConcreteTensor value =
                    new ConcreteTensor(name, initial.spec(), Memory.allocate("variable " + name, initial.spec()), 0);
            Memory.disown(value);
            try {
                Backends.current().copy(operand(name, initial), value.operand());
            } finally {
                Reference.reachabilityFence(initial);
            }
            return new Variable(name, value, trainable, Dispatch.ASSIGNER);
        });
    }

    /** A variable with these values. */
    public static Variable create(String name, HostArray initial, boolean trainable) {
        return create(name, initial.spec(), () -> initial, trainable, false);
    }

    /**
     * A variable with the values that the supplier gives: at once, or when it is first used, if it is made while
     * something is planned ({@link Execution#plan}).
     *
     * @param random whether the values take a fresh seed
     */
    public static Variable create(
            String name, TensorSpec spec, Supplier<HostArray> initial, boolean trainable, boolean random) {
        if (Ambient.current().planning) {
            return new Variable(name, spec, Planning.defer(name, spec, initial, random), trainable, Dispatch.ASSIGNER);
        }
        return new Variable(name, allocate(name, spec, initial.get()), trainable, Dispatch.ASSIGNER);
    }

    /** Memory of a variable, with these values. */
    static ConcreteTensor allocate(String name, TensorSpec spec, HostArray initial) {
        ConcreteTensor value = new ConcreteTensor(name, spec, Memory.allocate("variable " + name, spec), 0);
        Memory.disown(value);
        if (initial.elements() > 0) {
            value.storage().buffer().upload(0, initial.data());
        }
        return value;
    }

    private static Operand operand(String name, Tensor tensor) {
        return switch (tensor) {
            case ConcreteTensor concrete -> concrete.operand();
            case Variable variable -> variable.operand();
            case Tensor other ->
                throw new IllegalArgumentException(
                        "[" + name + "] expected an initial value that is a concrete tensor; received " + other + ".");
        };
    }
}
