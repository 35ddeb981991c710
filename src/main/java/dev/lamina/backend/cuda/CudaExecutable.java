package dev.lamina.backend.cuda;

import dev.lamina.backend.Executable;
import dev.lamina.backend.PlanExecutor;
import dev.lamina.backend.ResidentRows;
import dev.lamina.errors.CudaException;
import dev.lamina.tensor.Operand;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A plan whose steps are one CUDA graph. The first run issues them one by one, which loads the kernels and whatever
 * cuBLAS prepares; the second captures them, steps that are independent of each other side by side ({@link CudaLanes});
 * from then on a run is one launch. Addresses are fixed in the graph: of the arena, which this executable owns, of
 * variables, which are checked before each run, and of cuBLAS's workspace, which lives as long as the device. Where a
 * capture fails, the steps stay what they were, and a warning says why.
 */
final class CudaExecutable implements Executable {
    private static final Logger LOG = LoggerFactory.getLogger(CudaExecutable.class);

    /** How many steps may run at the same time; 1 keeps the order of the plan ({@code dev.lamina.cuda.lanes}). */
    static final int LANES = Math.max(1, Integer.getInteger("dev.lamina.cuda.lanes", 3));

    private final CudaDevice device;
    private final PlanExecutor steps;
    private final CudaBlas blas;
    private boolean capturing;
    private @Nullable CudaLanes lanes;
    private @Nullable CudaGraph graph;

    /** @param capturing whether the plan can be captured: all of its work is on the device */
    CudaExecutable(CudaDevice device, CudaBlas blas, PlanExecutor steps, boolean capturing) {
        this.device = device;
        this.blas = blas;
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
        if (!capturing) {
            steps.issue();
            return;
        }
        try (CudaDevice.Hold _ = device.hold()) {
            CudaLanes before = lanes;
            if (before == null) {
                lanes = new CudaLanes(device, blas, steps.steps(), LANES);
                lanes.issue();
                return;
            }
            CudaGraph captured = graph == null ? capture(before) : graph;
            if (captured == null) {
                steps.issue();
            } else {
                captured.launch();
            }
        }
    }

    @Override
    public void run(ResidentRows rows, int from, int count) {
        steps.run(rows, from, count, this::run);
    }

    private @Nullable CudaGraph capture(CudaLanes issued) {
        try {
            graph = CudaGraph.capture(device, issued::issue);
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
            if (lanes != null && !device.driver().isLost()) {
                lanes.close();
            }
        } finally {
            steps.close();
        }
    }

    @Override
    public String toString() {
        CudaGraph captured = graph;
        return steps + (captured == null ? "" : ", one graph of " + captured.nodes() + " nodes" + width());
    }

    private String width() {
        CudaLanes issued = lanes;
        return issued == null || issued.lanes() == 1 ? "" : ", up to " + issued.lanes() + " at a time";
    }
}
