package dev.lamina.ops;

import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * An op of the user's own. Implement {@link #infer}, {@link #vjp} (emit nothing if it has no gradient) and
 * {@link #computeOnHost}, the CPU's code; and {@link #define}, so that other devices can run it. Equal ops must be
 * {@code equals}: a record is the natural form.
 */
public non-sealed interface CustomOp extends Op {
    /**
     * Computes the outputs from the inputs; all are dense row-major arrays in host memory, of the specs given to and by
     * {@link #infer}, outputs uninitialised.
     */
    void computeOnHost(List<TensorSpec> inputSpecs, List<MemorySegment> inputs, List<MemorySegment> outputs);

    /**
     * The op in simpler ops: what devices run that can't run {@link #computeOnHost}. Uses nothing but its arguments,
     * and gives outputs of the specs that {@link #infer} gives. Empty, as it is by default, if there is no such
     * definition.
     *
     * @param ops where to emit the simpler ops
     */
    default Optional<List<Tensor>> define(OpSink ops, List<Tensor> inputs) {
        return Optional.empty();
    }

    /**
     * Whether a device that finds no {@link #define definition} may let {@link #computeOnHost} do the work, at the
     * price of waiting for all that was issued before and of copying inputs and outputs at each call. False by default,
     * so that nothing becomes slow unnoticed.
     */
    default boolean mayWaitForHost() {
        return false;
    }
}
