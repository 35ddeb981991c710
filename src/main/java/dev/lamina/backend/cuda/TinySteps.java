package dev.lamina.backend.cuda;

import dev.lamina.backend.PlanExecutor;
import dev.lamina.backend.ResidentRows;
import dev.lamina.graph.Plan;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A {@link TinyPlan} bound to memory: any number of its steps is one launch of {@code tiny_steps}, whose one block
 * reads weights and optimizer state at the beginning and writes them back at the end.
 * {@code -Ddev.lamina.cuda.tiny=off} leaves such plans to their graphs. Its methods are called under the device's lock.
 */
final class TinySteps {
    static final String KERNEL = "tiny_steps";

    static final String PROPERTY = "dev.lamina.cuda.tiny";

    /** Of one launch, so that it ends soon; its beginning and end are of no weight beside so many. */
    private static final int MOST_STEPS = 4096;

    private final CudaDevice device;
    private final CudaLauncher launcher;
    private final CudaMemory from;
    private final TinyPlan plan;
    private final PlanExecutor steps;
    private final int sharedBytes;

    /** The tasks on the device, from the first launch on: many a plan never runs several steps on resident samples. */
    private @Nullable Operand table;

    private TinySteps(CudaDevice device, CudaLauncher launcher, CudaMemory from, TinyPlan plan, PlanExecutor steps) {
        this.device = device;
        this.launcher = launcher;
        this.from = from;
        this.plan = plan;
        this.steps = steps;
        sharedBytes = plan.sharedBytes();
    }

    private Operand table() {
        Operand known = table;
        if (known != null) {
            return known;
        }
        MemorySegment words = TinyTable.of(plan, location -> CudaBuffer.address(steps.operand(location)));
        TensorSpec spec = PlanExecutor.scratch(words.byteSize());
        CudaBuffer memory = from.allocate(spec.bytes());
        try (Arena arena = Arena.ofConfined()) {
            Operand tasks = new Operand(memory, 0, spec);
            from.upload(
                    CudaBuffer.address(tasks),
                    arena.allocate(words.byteSize(), Long.BYTES).copyFrom(words));
            table = tasks;
            return tasks;
        } catch (Throwable e) {
            memory.free();
            throw e;
        }
    }

    /** What of a plan can be run so, on that device; none if it is switched off. */
    static Optional<TinyPlan> plan(CudaDevice device, Plan plan) {
        return "off".equals(System.getProperty(PROPERTY)) ? Optional.empty() : TinyPlan.of(plan, device.sharedBytes());
    }

    static TinySteps bind(
            CudaDevice device, CudaLauncher launcher, CudaMemory memory, TinyPlan plan, PlanExecutor steps) {
        return new TinySteps(device, launcher, memory, plan, steps);
    }

    /** Runs steps on samples that were checked. */
    void run(ResidentRows rows, int from, int count) {
        CudaKernel kernel = launcher.library().kernel(KERNEL);
        device.driver().allowShared(kernel, device.sharedBytes() - TinyPlan.STATIC_BYTES);
        long tasks = CudaBuffer.address(table());
        for (int done = 0; done < count; done += MOST_STEPS) {
            launch(kernel, tasks, rows, from + done * plan.samples(), Math.min(MOST_STEPS, count - done));
        }
    }

    private void launch(CudaKernel kernel, long tasks, ResidentRows rows, int from, int count) {
        LaunchPacker launch = launcher.start(kernel)
                .pointer(tasks)
                .pointer(rows.order().map(CudaBuffer::address).orElse(0L))
                .i64(from)
                .i32(count);
        for (int i = 0; i < TinyPlan.MOST_INPUTS; i++) {
            launch.pointer(
                    i < rows.tables().size() ? CudaBuffer.address(rows.tables().get(i)) : 0);
        }
        launch.alone(sharedBytes);
    }

    void close() {
        if (table != null) {
            table.buffer().free();
        }
    }

    @Override
    public String toString() {
        return plan.toString();
    }

    /** What a line about an executable says of it. */
    static String describe(@Nullable TinySteps steps) {
        return steps == null ? "" : ", " + steps;
    }
}
