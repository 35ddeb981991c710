package dev.lamina.graph;

import dev.lamina.ops.FusedOp;
import dev.lamina.ops.Op;
import dev.lamina.tensor.TensorSpec;
import java.util.List;

/** What a plan has to know of the device it is made for. */
@FunctionalInterface
public interface PlanTarget {
    /** How many bytes of scratch memory an op needs for inputs of these specs; 0 for most. */
    long workspaceBytes(Op op, List<TensorSpec> inputs);

    /** How many bytes of the device an op keeps for itself once it is bound to the memory of a plan; 0 for most. */
    default long boundBytes(Op op, List<TensorSpec> inputs) {
        return 0;
    }

    /** How many bytes of a plan's scratch memory an op takes: none where it keeps memory of its own. */
    default long scratchBytes(Op op, List<TensorSpec> inputs) {
        return boundBytes(op, inputs) > 0 ? 0 : workspaceBytes(op, inputs);
    }

    /** Whether the op computes right when this output, of the input's spec, lies exactly over this input. */
    default boolean overwrites(Op op, int input, int output) {
        return false;
    }

    /** Whether the device runs a fused op on inputs of these specs faster than the ops it stands for. */
    default boolean fuses(FusedOp op, List<TensorSpec> inputs) {
        return false;
    }

    /**
     * Whether it pays to look for small ops that can run as one {@link FusedOp.Sequence}: whether a launch takes longer
     * than they do.
     */
    default boolean fusesSequences() {
        return false;
    }

    /** Whether an optimizer's step is as fast on gradients of 16 bits as on those of the weights' type. */
    default boolean readsHalfGradients() {
        return false;
    }

    /**
     * Up to how many bytes of arena no two values of a plan share memory, nor does an op overwrite its input: what
     * shares memory has to run in order, and a device that runs independent steps at the same time is the slower for
     * it.
     */
    default long unsharedBytes() {
        return 0;
    }
}
