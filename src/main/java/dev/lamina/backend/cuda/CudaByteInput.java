package dev.lamina.backend.cuda;

import dev.lamina.backend.BoundStep;
import dev.lamina.backend.PlanExecutor;
import dev.lamina.graph.Plan;
import dev.lamina.ops.ElementwiseOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.Op;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * An input of bytes that a plan reads only to make floats of it, each from one byte: a cast, or a chain that scales
 * too. Such a step is a table of 256 values, which the op itself computes, and can be done while samples are taken.
 *
 * @param step which step of the plan that is
 * @param target where its result goes
 */
record CudaByteInput(int step, Operand target, CudaBuffer memory) {
    private static final Shape BYTES = Shape.of(256);

    /** What a plan makes of an input, if it is that and can be done before all other steps. */
    static Optional<CudaByteInput> of(CudaBackend backend, PlanExecutor plan, Operand input) {
        if (input.dtype() != DType.UINT8 || input.bytes() == 0 || isOutput(plan, input)) {
            return Optional.empty();
        }
        List<BoundStep> steps = plan.steps();
        List<Integer> users = users(steps, input);
        if (users.size() != 1 || !(plan.plan().steps().get(users.get(0)) instanceof Plan.Run run)) {
            return Optional.empty();
        }
        int step = users.get(0);
        BoundStep bound = steps.get(step);
        Optional<Op> op = ofBytes(run.op());
        if (op.isEmpty() || bound.reads().size() != 1 || bound.writes().size() != 1) {
            return Optional.empty();
        }
        Operand target = bound.writes().get(0);
        if (target.dtype() != DType.FLOAT32
                || target.shape().elements() != input.bytes()
                || users(steps, target).get(0) < step
                || plan.inputs().stream().anyMatch(other -> touch(other, target))) {
            return Optional.empty();
        }
        return Optional.of(new CudaByteInput(step, target, values(backend, op.get())));
    }

    /** The same op on one axis of 256 elements, if it is known to compute each element by itself. */
    private static Optional<Op> ofBytes(Op op) {
        if (op instanceof FusedOp.Elementwise chain && chain.draws().isEmpty()) {
            return Optional.of(new FusedOp.Elementwise(
                    BYTES, chain.inputTypes(), chain.constants(), chain.instructions(), chain.outputs()));
        }
        return op instanceof ElementwiseOp.Cast ? Optional.of(op) : Optional.empty();
    }

    private static boolean isOutput(PlanExecutor plan, Operand input) {
        for (int i = 0; i < plan.plan().outputs().size(); i++) {
            if (touch(plan.output(i), input)) {
                return true;
            }
        }
        return false;
    }

    /** The steps that read or write an operand's memory. */
    private static List<Integer> users(List<BoundStep> steps, Operand memory) {
        return IntStream.range(0, steps.size())
                .filter(i -> Stream.concat(steps.get(i).reads().stream(), steps.get(i).writes().stream())
                        .anyMatch(other -> touch(other, memory)))
                .boxed()
                .toList();
    }

    private static boolean touch(Operand a, Operand b) {
        long from = CudaBuffer.address(a);
        long other = CudaBuffer.address(b);
        return from < other + b.bytes() && other < from + a.bytes();
    }

    /** What the op makes of each byte. */
    private static CudaBuffer values(CudaBackend backend, Op op) {
        HostArray bytes = HostArray.zeros(BYTES, DType.UINT8).fill(i -> i);
        CudaBuffer values = backend.memory().allocate(BYTES.elements() * Float.BYTES);
        CudaBuffer all = backend.memory().allocate(bytes.data().byteSize());
        try {
            all.upload(0, bytes.data());
            Operand nothing = new Operand(all, 0, PlanExecutor.scratch(0));
            backend.run(op, new Operand[] {new Operand(all, 0, bytes.spec())}, new Operand[] {of(values)}, nothing);
            return values;
        } catch (Throwable e) {
            values.free();
            throw e;
        } finally {
            all.free();
        }
    }

    private static Operand of(CudaBuffer values) {
        return new Operand(values, 0, new TensorSpec(BYTES, DType.FLOAT32));
    }

    /** The result for each byte, float32 on the device. */
    Operand values() {
        return of(memory);
    }

    void close() {
        memory.free();
    }
}
