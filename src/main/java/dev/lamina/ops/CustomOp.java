package dev.lamina.ops;

import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.List;

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
     * Whether a device that finds no {@link #define definition} may let {@link #computeOnHost} do the work, at the
     * price of waiting for all that was issued before and of copying inputs and outputs at each call. False by default,
     * so that nothing becomes slow unnoticed.
     */
    default boolean mayWaitForHost() {
        return false;
    }
}
