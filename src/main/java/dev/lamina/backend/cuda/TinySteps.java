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
    private final TinyPlan plan;
    private final int sharedBytes;
    private final CudaBuffer memory;
    private final long table;

    private TinySteps(CudaDevice device, CudaLauncher launcher, CudaMemory from, TinyPlan plan, PlanExecutor steps) {
        this.device = device;
        this.launcher = launcher;
        this.plan = plan;
        sharedBytes = plan.sharedBytes();
        MemorySegment words = TinyTable.of(plan, location -> CudaBuffer.address(steps.operand(location)));
        TensorSpec spec = PlanExecutor.scratch(words.byteSize());
        memory = from.allocate(spec.bytes());
        table = CudaBuffer.address(new Operand(memory, 0, spec));
        try (Arena arena = Arena.ofConfined()) {
            from.upload(table, arena.allocate(words.byteSize(), Long.BYTES).copyFrom(words));
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
        for (int done = 0; done < count; done += MOST_STEPS) {
            launch(kernel, rows, from + done * plan.samples(), Math.min(MOST_STEPS, count - done));
        }
    }

    private void launch(CudaKernel kernel, ResidentRows rows, int from, int count) {
        LaunchPacker launch = launcher.start(kernel)
                .pointer(table)
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
        memory.free();
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
