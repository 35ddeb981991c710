package dev.lamina.backend.cuda;

import dev.lamina.backend.Executable;
import dev.lamina.backend.PlanExecutor;
import dev.lamina.errors.CudaException;
import dev.lamina.tensor.Operand;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A plan whose steps are one CUDA graph. The first run issues them one by one, which loads the kernels and whatever
 * cuBLAS prepares; the second captures them; from then on a run is one launch. Addresses are fixed in the graph: of the
 * arena, which this executable owns, of variables, which are checked before each run, and of cuBLAS's workspace, which
 * lives as long as the device. Where a capture fails, the steps stay what they were, and a warning says why.
 */
final class CudaExecutable implements Executable {
    private static final Logger LOG = LoggerFactory.getLogger(CudaExecutable.class);

    private final CudaDevice device;
    private final PlanExecutor steps;
    private boolean capturing;
    private boolean warm;
    private @Nullable CudaGraph graph;

    /** @param capturing whether the plan can be captured: all of its work is on the device */
    CudaExecutable(CudaDevice device, PlanExecutor steps, boolean capturing) {
        this.device = device;
        this.steps = steps;
        this.capturing = capturing;
    }

    @Override
    public Operand input(int index) {
        return steps.input(index);
    }

    @Override
    public void run() {
        steps.requireUsable();
        if (!capturing || !warm) {
            steps.issue();
            warm = true;
            return;
        }
        try (CudaDevice.Hold _ = device.hold()) {
            CudaGraph captured = graph == null ? capture() : graph;
            if (captured == null) {
                steps.issue();
            } else {
                captured.launch();
            }
        }
    }

    private @Nullable CudaGraph capture() {
        try {
            graph = CudaGraph.capture(device, steps::issue);
        } catch (CudaException e) {
            if (device.driver().isLost()) {
                throw e;
            }
            capturing = false;
            LOG.warn(
                    "[{}] a step can't be captured as a graph and runs op by op, with a launch for each: {}",
                    device.name(),
                    e.getMessage());
        }
        return graph;
    }

    @Override
    public Operand output(int index) {
        return steps.output(index);
    }

    @Override
    public void close() {
        try (CudaDevice.Hold _ = device.hold()) {
            CudaGraph captured = graph;
            graph = null;
            capturing = false;
            if (captured != null) {
                captured.close();
            }
        } finally {
            steps.close();
        }
    }

    @Override
    public String toString() {
        CudaGraph captured = graph;
        return steps + (captured == null ? "" : ", one graph of " + captured.nodes() + " nodes");
    }
}
