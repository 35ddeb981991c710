package dev.lamina.runtime;

import dev.lamina.backend.Backends;
import dev.lamina.tensor.ConcreteTensor;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.lang.ref.Reference;

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
        return Ambient.eagerly(() -> {
            ConcreteTensor value =
                    new ConcreteTensor(name, initial.spec(), Memory.allocate("variable " + name, initial.spec()), 0);
            Memory.disown(value);
            if (initial.elements() > 0) {
                value.storage().buffer().upload(0, initial.data());
            }
            return new Variable(name, value, trainable, Dispatch.ASSIGNER);
        });
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
