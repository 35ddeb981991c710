package dev.lamina.backend.cuda;

import dev.lamina.backend.Executable;
import dev.lamina.backend.PlanExecutor;
import dev.lamina.backend.ResidentRows;
import dev.lamina.tensor.Operand;
import org.jspecify.annotations.Nullable;

/**
 * A plan whose steps are one CUDA graph. The first run issues them one by one, which loads the kernels and whatever
 * cuBLAS prepares; the second captures them, steps that are independent of each other side by side ({@link CudaLanes});
 * from then on a run is one launch, and so are several on samples that lie on the device ({@link CudaResidentSteps}).
 * Addresses are fixed in the graph: of the arena, which this executable owns, of variables, which are checked before
 * each run, and of cuBLAS's workspace, which lives as long as the device. Where a capture fails, the steps stay what
 * they were, and a warning says why.
 */
final class CudaExecutable implements Executable {
    /** How many steps may run at the same time; 1 keeps the order of the plan ({@code dev.lamina.cuda.lanes}). */
    static final int LANES = Math.max(1, Integer.getInteger("dev.lamina.cuda.lanes", 3));

    private final CudaBackend backend;
    private final CudaDevice device;
    private final PlanExecutor steps;
    private final CudaCapture capture;
    private @Nullable CudaLanes lanes;
    private @Nullable CudaGraph graph;
    private @Nullable CudaResidentSteps resident;
    private @Nullable TinySteps tiny;

    /** @param capturing whether the plan can be captured: all of its work is on the device */
    CudaExecutable(CudaBackend backend, PlanExecutor steps, boolean capturing) {
        this.backend = backend;
        this.device = backend.device();
        this.steps = steps;
        this.capture = new CudaCapture(device, capturing);
    }

    /** Several steps on samples of the device are one launch from now on. */
    CudaExecutable together(TinySteps steps) {
        tiny = steps;
        return this;
    }

    @Override
    public Operand input(int index) {
        return steps.input(index);
    }

    @Override
    public void run() {
        steps.requireUsable();
        CudaGraph captured = graph;
        if (captured == null && !capture.isAllowed()) {
            steps.issue();
            return;
        }
        try (CudaDevice.Hold _ = device.hold()) {
            CudaLanes before = lanes;
            if (before == null) {
                issueFirst();
                return;
            }
            if (captured == null) {
                captured = capture.of(before::issue).orElse(null);
                graph = captured;
            }
            if (captured == null) {
                steps.issue();
            } else {
                captured.launch();
            }
        }
    }

    /** One that fails has not prepared all that a capture needs: the next one is a first one again. */
    private void issueFirst() {
        CudaLanes first = new CudaLanes(device, backend.blas(), steps.steps(), LANES);
        try {
            first.issue();
            lanes = first;
        } finally {
            if (lanes == null && !device.driver().isLost()) {
                first.close();
            }
        }
    }

    @Override
    public void run(ResidentRows rows, int from, int count) {
        if (steps.batch() == 0) {
            steps.run(rows, from, count, this::run);
            return;
        }
        steps.requireUsable();
        steps.check(rows, from, count);
        TinySteps together = tiny;
        if (together == null) {
            on(rows).run(from, count);
            return;
        }
        try (CudaDevice.Hold _ = device.hold()) {
            together.run(rows, from, count);
        }
    }

    private CudaResidentSteps on(ResidentRows rows) {
        CudaResidentSteps before = resident;
        if (before != null && before.areOn(rows)) {
            return before;
        }
        try (CudaDevice.Hold _ = device.hold()) {
            closeResident();
            CudaResidentSteps now = new CudaResidentSteps(backend, steps, capture, rows, lanes != null);
            resident = now;
            return now;
        }
    }

    private void closeResident() {
        CudaResidentSteps before = resident;
        resident = null;
        if (before != null) {
            before.close();
        }
    }

    @Override
    public boolean runsTogether() {
        return tiny != null;
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
            capture.stop();
            closeResident();
            if (captured != null) {
                captured.close();
            }
            if (lanes != null && !device.driver().isLost()) {
                lanes.close();
            }
            if (tiny != null) {
                tiny.close();
                tiny = null;
            }
        } finally {
            steps.close();
        }
    }

    @Override
    public String toString() {
        CudaGraph captured = graph;
        CudaResidentSteps more = resident;
        return steps
                + (captured == null ? "" : ", one graph of " + captured.nodes() + " nodes" + width())
                + (more == null ? "" : more)
                + TinySteps.describe(tiny);
    }

    private String width() {
        CudaLanes issued = lanes;
        return issued == null || issued.lanes() == 1 ? "" : ", up to " + issued.lanes() + " at a time";
    }
}
