package dev.lamina.runtime;

import dev.lamina.ops.ElementwiseOp;
import dev.lamina.ops.Op;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.function.Supplier;

/** How a layer that computes in another type than it keeps its weights in reads and writes them. */
final class Autocast {
    private Autocast() {}

    /** An op's arguments with weights in that type, and with them the scalars that were made for them. */
    static Tensor[] read(DType type, Op op, Tensor[] arguments) {
        if (op instanceof ElementwiseOp.Cast) {
            return arguments;
        }
        DType stored = null;
        for (Tensor argument : arguments) {
            if (isCast(type, argument)) {
                stored = argument.dtype();
            }
        }
        if (stored == null) {
            return arguments;
        }
        Tensor[] inputs = arguments.clone();
        for (int i = 0; i < inputs.length; i++) {
            boolean scalar = inputs[i].shape().rank() == 0 && inputs[i].dtype() == stored;
            if (scalar || isCast(type, inputs[i])) {
                inputs[i] = Ops.cast(inputs[i], type);
            }
        }
        return inputs;
    }

    /** The type that ops read a tensor in. */
    static DType dtype(Tensor x) {
        DType type = Ambient.current().autocast;
        return type != null && isCast(type, x) ? type : x.dtype();
    }

    private static boolean isCast(DType type, Tensor tensor) {
        return tensor instanceof Variable variable
                && variable.autocast()
                && variable.dtype().isFloating()
                && variable.dtype() != type;
    }

    /** A floating-point value in the type of the variable that it is for. */
    static Tensor fit(Variable target, Tensor value) {
        return value.dtype().isFloating() && target.dtype().isFloating() ? Ops.cast(value, target.dtype()) : value;
    }

    /** Runs an action that reads variables as they are. */
    static <T> T off(Supplier<T> action) {
        Ambient ambient = Ambient.current();
        DType before = ambient.autocast;
        ambient.autocast = null;
        try {
            return action.get();
        } finally {
            ambient.autocast = before;
        }
    }
}
