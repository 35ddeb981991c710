package dev.lamina.backend.cpu;

import dev.lamina.ops.OptimizerOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Optimizers' steps: one pass over each weight, its gradient and its slots, by which the memory's speed is all that
 * counts. Pieces of all weights together are shared out among the threads.
 */
final class OptimizerKernels {
    /** With fewer pieces of {@link Scratch#SIZE} elements than this each, a second thread does not pay. */
    private static final int GRAIN = 4;

    private final CpuThreads threads;

    OptimizerKernels(CpuThreads threads) {
        this.threads = threads;
    }

    /** A weight's memory: what is read and what is written, in the op's order, the gradient second among the former. */
    private record Weight(double decay, MemorySegment[] inputs, MemorySegment[] outputs) {}

    /** Up to {@link Scratch#SIZE} elements of a weight. */
    private record Piece(Weight weight, long first, int count) {}

    /** Binds an op to its memory. */
    Runnable prepare(OptimizerOp op, Operand[] inputs, Operand[] outputs) {
        if (op.decays().isEmpty()) {
            return () -> {};
        }
        DType dtype = inputs[op.shared()].dtype();
        List<Piece> pieces = new ArrayList<>();
        for (int i = 0; i < op.decays().size(); i++) {
            int at = op.shared() + i * op.inputsPerWeight();
            Weight weight = new Weight(
                    op.decays().get(i),
                    memory(inputs, at, op.inputsPerWeight()),
                    memory(outputs, i * op.outputsPerWeight(), op.outputsPerWeight()));
            long elements = inputs[at].shape().elements();
            for (long first = 0; first < elements; first += Scratch.SIZE) {
                pieces.add(new Piece(weight, first, (int) Math.min(Scratch.SIZE, elements - first)));
            }
        }
        MemorySegment[] shared = memory(inputs, 0, op.shared());
        return () -> {
            float rate = shared[0].get(ValueLayout.JAVA_FLOAT, 0);
            float step = step(op, rate, shared);
            threads.parallelFor(pieces.size(), GRAIN, (part, from, to) -> {
                Block[] blocks = Scratch.current().blocks(op.inputsPerWeight());
                for (int i = (int) from; i < to; i++) {
                    update(op, pieces.get(i), dtype, blocks, rate, step);
                }
            });
        };
    }

    private static MemorySegment[] memory(Operand[] operands, int from, int count) {
        MemorySegment[] memory = new MemorySegment[count];
        for (int i = 0; i < count; i++) {
            memory[i] = CpuBuffer.data(operands[from + i]);
        }
        return memory;
    }

    private static float step(OptimizerOp op, float rate, MemorySegment[] shared) {
        return switch (op) {
            case OptimizerOp.Adam adam -> {
                float number = shared[1].get(ValueLayout.JAVA_INT, 0) + 1;
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

    private static void update(OptimizerOp op, Piece piece, DType dtype, Block[] blocks, float rate, float step) {
        Weight weight = piece.weight;
        Lane lane = Lane.of(dtype);
        for (int i = 0; i < weight.inputs.length; i++) {
            blocks[i].load(lane, weight.inputs[i], dtype, piece.first, 0, piece.count);
        }
        if (lane == Lane.FLOAT) {
            FloatUpdates.decay(blocks[0].floats, (float) weight.decay, rate, piece.count);
            FloatUpdates.apply(op, blocks, step, piece.count);
        } else {
            DoubleUpdates.decay(blocks[0].doubles, weight.decay, rate, piece.count);
            DoubleUpdates.apply(op, blocks, step, piece.count);
        }
        for (int i = 0; i < weight.outputs.length; i++) {
            blocks[i == 0 ? 0 : i + 1].store(lane, weight.outputs[i], dtype, piece.first, piece.count);
        }
    }
}
