package dev.lamina.backend;

import dev.lamina.graph.Plan;
import dev.lamina.graph.PlanTarget;
import dev.lamina.ops.Op;
import dev.lamina.tensor.Buffer;
import dev.lamina.tensor.Operand;

/**
 * A device that holds tensors and runs ops. A backend only computes: checks, allocation of outputs and recording are
 * done by the dispatch above it. Implementations are safe for use by several threads.
 */
public interface Backend extends PlanTarget {
    /** The name in messages and on the command line: {@code cpu}, {@code cuda:0}. */
    String name();

    /**
     * New memory of so many bytes, its content undefined, aligned to at least 64 bytes. The caller owns it. When
     * nothing is left, {@link dev.lamina.errors.OutOfMemoryException}.
     */
    Buffer allocate(long bytes);

    /**
     * Computes the outputs from the inputs. The shapes have been checked. Outputs overlap neither the inputs nor each
     * other, but for an output that lies exactly over an input that {@link #overwrites} allows.
     *
     * @param workspace at least {@link #workspaceBytes} of scratch memory; of 0 bytes if none is needed
     */
    void run(Op op, Operand[] inputs, Operand[] outputs, Operand workspace);

    /** Binds an op to its memory, for repeated runs; each does what {@link #run} does. The caller closes it. */
    default PreparedOp prepare(Op op, Operand[] inputs, Operand[] outputs, Operand workspace) {
        return () -> run(op, inputs, outputs, workspace);
    }

    /** Copies between two operands of the same number of bytes. */
    void copy(Operand source, Operand target);

    /** Prepares a plan for repeated runs. */
    default Executable compile(Plan plan) {
        return new PlanExecutor(this, plan);
    }

    /** How {@link #compile} would run a plan's steps, in words. */
    default String execution(Plan plan) {
        return "one op after the other";
    }

    /**
     * Whether the memory is the device's own, apart from the host's: what is used again and again is better put there
     * once.
     */
    default boolean hasOwnMemory() {
        return false;
    }

    /** Waits for all work that was issued. */
    void synchronize();

    /** What was allocated and transferred so far. */
    BackendStatistics statistics();

    /** How many bytes {@link #allocate} could give beyond those in use, as far as the device tells. */
    long availableBytes();

    /** Gives cached free memory back to the system. */
    void trim();
}
