package dev.lamina.backend.cuda;

import dev.lamina.backend.BoundStep;
import dev.lamina.backend.PlanExecutor;
import dev.lamina.backend.ResidentRows;
import dev.lamina.tensor.Operand;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A plan's steps on samples that lie on the device. The samples are taken in the graph of the step, and a graph may be
 * several steps: as many as were asked for twice; a part of a large number. What is left is done by the graph of one
 * step. Bytes become floats while they are taken, where the plan makes nothing else of them ({@link CudaByteInput}).
 */
final class CudaResidentSteps {
    /** Larger graphs take long to make, and memory on the device. */
    private static final int MOST_PIECES = 4096;

    private static final int MOST_STEPS = 128;

    /** Of larger numbers of steps; enough that the time between graphs does not count, and made in a millisecond. */
    private static final int PART_STEPS = 16;

    private record Graph(int steps, CudaGraph graph) {}

    private final CudaDevice device;
    private final CudaBlas blas;
    private final CudaCapture capture;
    private final CudaSamples samples;
    private final List<BoundStep> pieces = new ArrayList<>();
    private final List<Graph> graphs = new ArrayList<>();
    private @Nullable CudaLanes lanes;
    private boolean ran;
    private int asked;

    /** @param ran whether the plan's steps were issued before, which loads their kernels */
    CudaResidentSteps(CudaBackend backend, PlanExecutor plan, CudaCapture capture, ResidentRows rows, boolean ran) {
        this.device = backend.device();
        this.blas = backend.blas();
        this.capture = capture;
        this.ran = ran;
        List<Optional<CudaByteInput>> bytes = new ArrayList<>();
        try (Opened opened = new Opened()) {
            for (Operand input : plan.inputs()) {
                bytes.add(CudaByteInput.of(backend, plan, input).map(of -> opened.add(of, CudaByteInput::close)));
            }
            samples = new CudaSamples(backend, rows, plan.inputs(), bytes);
            opened.keep();
        }
        pieces.add(samples.step());
        pieces.addAll(plan.steps());
        // From the last on, since those behind move up; the samples come first.
        bytes.stream()
                .flatMap(Optional::stream)
                .map(CudaByteInput::step)
                .sorted(Comparator.reverseOrder())
                .forEach(step -> pieces.remove(1 + step));
    }

    /** Whether these are steps on those samples. */
    boolean areOn(ResidentRows rows) {
        return samples.rows() == rows;
    }

    void run(int from, int count) {
        samples.requireUsable();
        if (!capture.isAllowed() && graphs.isEmpty()) {
            // Not under the device's lock: a step may have the user's own code in it.
            samples.moveTo(from);
            for (int i = 0; i < count; i++) {
                issue();
            }
            samples.arriveAt(from, count);
            return;
        }
        try (CudaDevice.Hold _ = device.hold()) {
            samples.moveTo(from);
            int together = together(count);
            asked = Math.max(asked, count);
            for (int done = 0; done < count; ) {
                done += runSome(count - done, together);
            }
            samples.arriveAt(from, count);
        }
    }

    /** How many steps to capture together. */
    private int together(int count) {
        int most = Math.clamp(MOST_PIECES / pieces.size(), 1, MOST_STEPS);
        if (count <= most) {
            return count == asked ? count : 1;
        }
        // Parts of equal size, so that little is left. Other numbers of steps use the graph that is there.
        int parts = Math.ceilDiv(count, Math.min(most, PART_STEPS));
        Graph found = largest(count);
        return found == null || found.steps < PART_STEPS / 2 ? count / parts : found.steps;
    }

    /** Runs so many steps at most, and returns how many. */
    private int runSome(int most, int together) {
        if (!ran) {
            one().issue();
            ran = true;
            return 1;
        }
        int wanted = together <= most ? together : 1;
        Graph found = largest(most);
        if (found == null || found.steps < wanted) {
            found = capture(wanted).orElse(found);
        }
        if (found == null) {
            issue();
            return 1;
        }
        found.graph.launch();
        return found.steps;
    }

    /** One step's pieces, side by side where they are independent. */
    private CudaLanes one() {
        CudaLanes made = lanes == null ? new CudaLanes(device, blas, pieces, CudaExecutable.LANES) : lanes;
        lanes = made;
        return made;
    }

    private @Nullable Graph largest(int most) {
        Graph largest = null;
        for (int i = 0; i < graphs.size(); i++) {
            Graph graph = graphs.get(i);
            if (graph.steps <= most && (largest == null || graph.steps > largest.steps)) {
                largest = graph;
            }
        }
        return largest;
    }

    private Optional<Graph> capture(int steps) {
        Optional<Graph> made;
        if (steps == 1) {
            made = capture.of(one()::issue).map(graph -> new Graph(1, graph));
        } else {
            List<BoundStep> all = new ArrayList<>();
            for (int i = 0; i < steps; i++) {
                all.addAll(pieces);
            }
            CudaLanes several = new CudaLanes(device, blas, all, CudaExecutable.LANES);
            made = capture.of(several::issue).map(graph -> new Graph(steps, graph));
            several.close();
        }
        made.ifPresent(graphs::add);
        return made;
    }

    /** One step, op by op. */
    private void issue() {
        for (int i = 0; i < pieces.size(); i++) {
            pieces.get(i).action().run();
        }
    }

    /** Under the device's lock. */
    void close() {
        graphs.forEach(captured -> captured.graph.close());
        graphs.clear();
        if (lanes != null && !device.driver().isLost()) {
            lanes.close();
        }
        samples.close();
    }

    /** The graphs, for the executable's description. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Graph captured : graphs) {
            text.append(", ")
                    .append(captured.steps == 1 ? "a step" : captured.steps + " steps")
                    .append(" on resident samples one graph of ")
                    .append(captured.graph.nodes())
                    .append(" nodes");
        }
        return text.toString();
    }
}
