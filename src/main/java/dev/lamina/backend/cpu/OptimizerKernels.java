package dev.lamina.backend.cpu;

import dev.lamina.ops.OptimizerOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Optimizers' steps: one pass over each weight, its gradient and its slots, by which the memory's speed is all that
 * counts. Each thread has the same share of every weight's rows: those whose gradient it has just computed, and which
 * lie in its own core's cache.
 */
final class OptimizerKernels {
    /** With fewer elements than this each, a second thread does not pay. */
    private static final int GRAIN = 4 << 10;

    /** Shares begin at multiples of this, a cache line. */
    private static final int LINE = 16;

    /** Of rows in a share; with fewer the longest share would be too long. */
    private static final int FEWEST_UNITS = 4;

    private final CpuThreads threads;
    private final boolean natively;

    /** @param natively whether native loops may run */
    OptimizerKernels(CpuThreads threads, boolean natively) {
        this.threads = threads;
        this.natively = natively;
    }

    /**
     * A weight's memory: what is read and what is written, in the op's order, the gradient second among the former.
     *
     * @param dtype of all but the gradient
     */
    private record Weight(
            double decay, DType dtype, DType gradient, MemorySegment[] inputs, MemorySegment[] outputs, Shape shape) {
        /**
         * Where a share begins, if the elements are cut into so many: as a product's rows are, if they are many enough.
         */
        long begin(int share, int shares) {
            long elements = shape.elements();
            if (share == shares) {
                return elements;
            }
            if (shape.rank() == 2 && shape.size(0) >= FEWEST_UNITS * shares * Gemm.UNIT) {
                return (long) shape.size(1) * Gemm.UNIT * Gemm.begin(Gemm.units(shape.size(0)), shares, share);
            }
            return elements * share / shares / LINE * LINE;
        }
    }

    /** Binds an op to its memory. */
    Runnable prepare(OptimizerOp op, Operand[] inputs, Operand[] outputs) {
        return switch (op) {
            case OptimizerOp.Rule rule -> prepare(rule, inputs, outputs, () -> true);
            case OptimizerOp.Guarded guarded -> {
                MemorySegment flag = CpuBuffer.data(inputs[0]);
                Operand[] others = Arrays.copyOfRange(inputs, 1, inputs.length);
                yield prepare(guarded.rule(), others, outputs, () -> flag.get(ValueLayout.JAVA_BYTE, 0) != 0);
            }
        };
    }

    /** @param taken whether the step is taken; else weights and slots keep their values */
    private Runnable prepare(OptimizerOp.Rule op, Operand[] inputs, Operand[] outputs, BooleanSupplier taken) {
        if (op.decays().isEmpty()) {
            return () -> {};
        }
        DType dtype = inputs[op.shared()].dtype();
        Weight[] weights = new Weight[op.decays().size()];
        for (int i = 0; i < weights.length; i++) {
            int at = op.shared() + i * op.inputsPerWeight();
            weights[i] = new Weight(
                    op.decays().get(i),
                    dtype,
                    inputs[at + 1].dtype(),
                    memory(inputs, at, op.inputsPerWeight()),
                    memory(outputs, i * op.outputsPerWeight(), op.outputsPerWeight()),
                    inputs[at].shape());
        }
        boolean hasLoops = natively
                && Arrays.stream(weights).allMatch(w -> w.dtype == DType.FLOAT32 && w.gradient == DType.FLOAT32);
        List<NativeLoop> loops = hasLoops ? nativeLoops(op, weights) : List.of();
        return new Loop(threads, loops.toArray(NativeLoop[]::new), op, memory(inputs, 0, op.shared()), weights, taken);
    }

    private static MemorySegment[] memory(Operand[] operands, int from, int count) {
        MemorySegment[] memory = new MemorySegment[count];
        for (int i = 0; i < count; i++) {
            memory[i] = CpuBuffer.data(operands[from + i]);
        }
        return memory;
    }

    /** Updates some elements of one weight. Bound before the first step, so that a step makes no objects. */
    private interface NativeLoop {
        void update(long from, long to, float rate, float step);
    }

    /** An op bound to its memory. */
    private static final class Loop implements Runnable {
        private final CpuThreads threads;
        private final OptimizerOp.Rule op;
        private final BooleanSupplier taken;
        private final MemorySegment[] shared;
        private final Weight[] weights;
        private final int shares;
        private final NativeLoop[] loops;
        private final CpuThreads.RangeBody body = this::run;
        private boolean changes;
        private float rate;
        private float step;

        Loop(
                CpuThreads threads,
                NativeLoop[] loops,
                OptimizerOp.Rule op,
                MemorySegment[] shared,
                Weight[] weights,
                BooleanSupplier taken) {
            this.threads = threads;
            this.op = op;
            this.taken = taken;
            this.shared = shared;
            this.weights = weights;
            this.shares = threads.parts(
                    Arrays.stream(weights).mapToLong(w -> w.shape.elements()).sum(), GRAIN);
            this.loops = loops;
        }

        @Override
        public void run() {
            rate = shared[0].get(ValueLayout.JAVA_FLOAT, 0);
            step = step(op, rate, shared);
            changes = taken.getAsBoolean();
            threads.parallelFor(shares, 1, body);
        }

        private void run(int part, long first, long last) {
            for (int share = (int) first; share < last; share++) {
                for (int i = 0; i < weights.length; i++) {
                    Weight weight = weights[i];
                    long from = weight.begin(share, shares);
                    long to = weight.begin(share + 1, shares);
                    if (loops.length > 0 && changes) {
                        loops[i].update(from, to, rate, step);
                    } else {
                        updateByBlocks(weight, from, to);
                    }
                }
            }
        }

        private void updateByBlocks(Weight weight, long from, long to) {
            Block[] blocks = Scratch.current().blocks(op.inputsPerWeight());
            for (long at = from; at < to; at += Scratch.SIZE) {
                update(weight, at, (int) Math.min(Scratch.SIZE, to - at), blocks);
            }
        }

        private void change(Weight weight, int n, Block[] blocks) {
            if (Lane.of(weight.dtype) == Lane.FLOAT) {
                FloatUpdates.decay(blocks[0].floats, (float) weight.decay, rate, n);
                FloatUpdates.apply(op, blocks, step, n);
            } else {
                DoubleUpdates.decay(blocks[0].doubles, weight.decay, rate, n);
                DoubleUpdates.apply(op, blocks, step, n);
            }
        }

        private void update(Weight weight, long at, int n, Block[] blocks) {
            DType dtype = weight.dtype;
            Lane lane = Lane.of(dtype);
            for (int i = 0; i < weight.inputs.length; i++) {
                blocks[i].load(lane, weight.inputs[i], i == 1 ? weight.gradient : dtype, at, 0, n);
            }
            if (changes) {
                change(weight, n, blocks);
            }
            for (int i = 0; i < weight.outputs.length; i++) {
                blocks[i == 0 ? 0 : i + 1].store(lane, weight.outputs[i], dtype, at, n);
            }
        }
    }

    /** One for each weight, or none where the rule has none. */
    private static List<NativeLoop> nativeLoops(OptimizerOp.Rule op, Weight[] weights) {
        return switch (op) {
            case OptimizerOp.Adam adam
            when !adam.amsgrad() ->
                Arrays.stream(weights).map(weight -> nativeLoop(adam, weight)).toList();
            case OptimizerOp.Sgd sgd
            when sgd.slots() == 0 && sgd.decays().stream().allMatch(decay -> decay == 0) ->
                Arrays.stream(weights).map(OptimizerKernels::descent).toList();
            case OptimizerOp.Adam _, OptimizerOp.Sgd _, OptimizerOp.RmsProp _ -> List.of();
        };
    }

    private static NativeLoop nativeLoop(OptimizerOp.Adam op, Weight weight) {
        Loops.Adam by = new Loops.Adam(
                (float) (1 - op.beta1()), (float) (1 - op.beta2()), (float) op.epsilon(), (float) weight.decay);
        return (from, to, rate, step) -> Loops.adam(weight.inputs, weight.outputs, from, to, by, rate, step);
    }

    private static NativeLoop descent(Weight weight) {
        return (from, to, _, step) -> Loops.descend(weight.inputs, weight.outputs, from, to, step);
    }

    private static float step(OptimizerOp.Rule op, float rate, MemorySegment[] shared) {
        return switch (op) {
            case OptimizerOp.Adam adam -> {
                float number = shared[1].get(ValueLayout.JAVA_INT, 0);
                float first = 1 - power(adam.beta1(), number);
                float second = 1 - power(adam.beta2(), number);
                yield rate * (float) Math.sqrt(second) / first;
            }
            case OptimizerOp.Sgd _, OptimizerOp.RmsProp _ -> rate;
        };
    }

    private static float power(double base, float exponent) {
        return (float) Math.pow((float) base, exponent);
    }
}
