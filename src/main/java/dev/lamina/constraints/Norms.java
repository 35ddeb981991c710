package dev.lamina.constraints;

import dev.lamina.config.Config;
import dev.lamina.config.Serialized;
import dev.lamina.ops.ReductionOp;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What the constraints on norms share. */
final class Norms {
    /** Keras's fuzz factor, which keeps a norm of 0 from dividing by 0. */
    private static final double EPSILON = 1e-7;

    private Norms() {}

    /** {@code sqrt(sum w^2)} along the axes, which stay with size 1. */
    static Tensor of(Tensor weight, List<Integer> axes) {
        int[] along = axes.stream().mapToInt(Integer::intValue).toArray();
        return Ops.sqrt(Ops.reduce(ReductionOp.Kind.SUM, Ops.square(weight), true, along));
    }

    /** {@code w * desired / (epsilon + norms)}. */
    static Tensor scale(Tensor weight, Tensor desired, Tensor norms) {
        return Ops.multiply(weight, Ops.divide(desired, Ops.add(norms, EPSILON)));
    }

    /** {@code w / (epsilon + norms)}. */
    static Tensor normalize(Tensor weight, Tensor norms) {
        return Ops.divide(weight, Ops.add(norms, EPSILON));
    }

    static List<Integer> axes(int... axes) {
        return Arrays.stream(axes).boxed().toList();
    }

    /** Keras writes one axis as a number. */
    static Object written(List<Integer> axes) {
        return axes.size() == 1 ? axes.get(0) : axes;
    }

    static Map<String, Object> config(String className, Object... pairs) {
        return new Serialized("keras.constraints", className, Config.entries(pairs)).toMap();
    }
}
