package dev.lamina.backend.cpu;

import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.ElementwiseOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.UnaryBackwardOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A chain of elementwise ops bound to memory: blocks of the inputs are copied to heap arrays, broadcast on the way;
 * each instruction goes over its block in the processor's cache; the results are copied back. All inputs of a block are
 * read before a result is written, so a result may lie over an input of its own shape.
 */
final class ElementwiseLoop implements Runnable {
    /** With less than two of these to do, elements times instructions, a second thread does not pay. */
    private static final long GRAIN = 16 << 10;

    /** So many elements at a time: the blocks of a chain of ops together must fit into a core's first-level cache. */
    private static final int SHORT = 256;

    /**
     * One instruction: the op, the element types and blocks of its arguments, those of its result.
     *
     * @param function its number in C where it is computed there, or {@link NativeFunctions#NONE}
     * @param rounds whether the result must be rounded to a 16-bit type, since another instruction reads it
     */
    private record Step(
            ElementwiseOp op,
            int function,
            DType[] types,
            int[] blocks,
            DType resultType,
            int resultBlock,
            boolean rounds) {}

    private record Constant(double value, Lane lane, int block) {}

    private record Output(MemorySegment data, DType dtype, Lane lane, int block) {}

    private final CpuThreads threads;
    private final long elements;
    private final long grain;
    private final Reader[] readers;
    private final int[] inputBlocks;
    private final Constant[] constants;
    private final Step[] steps;
    private final Output[] outputs;
    private final int blocks;
    private final int length;
    private final CpuThreads.RangeBody body = this::run;

    /** @param natively whether functions may be computed in C */
    ElementwiseLoop(
            CpuThreads threads, boolean natively, FusedOp.Elementwise chain, Operand[] inputs, Operand[] results) {
        this.threads = threads;
        this.elements = chain.shape().elements();
        this.grain = Math.max(1, GRAIN / chain.instructions().size());
        List<DType> types = chain.valueTypes();
        BlockAssignment places = new BlockAssignment(chain);
        readers = new Reader[inputs.length];
        inputBlocks = new int[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            readers[i] = new Reader(inputs[i], chain.shape(), Lane.of(types.get(i)));
            inputBlocks[i] = places.block(i);
        }
        constants = new Constant[chain.constants().size()];
        for (int i = 0; i < constants.length; i++) {
            FusedOp.Elementwise.Constant constant = chain.constants().get(i);
            double value = HalfPrecision.rounded(constant.dtype(), constant.value());
            constants[i] = new Constant(value, Lane.of(constant.dtype()), places.block(inputs.length + i));
        }
        int first = inputs.length + constants.length;
        steps = new Step[chain.instructions().size()];
        for (int i = 0; i < steps.length; i++) {
            FusedOp.Elementwise.Instruction one = chain.instructions().get(i);
            int result = first + i;
            boolean read = chain.instructions().stream()
                    .anyMatch(later -> later.arguments().contains(result));
            steps[i] = new Step(
                    one.op(),
                    natively && Lane.of(types.get(result)) == Lane.FLOAT ? function(one.op()) : NativeFunctions.NONE,
                    one.arguments().stream().map(types::get).toArray(DType[]::new),
                    one.arguments().stream().mapToInt(places::block).toArray(),
                    types.get(result),
                    places.block(result),
                    read && HalfPrecision.applies(types.get(result)));
        }
        outputs = new Output[results.length];
        for (int i = 0; i < results.length; i++) {
            int value = chain.outputs().get(i);
            outputs[i] = new Output(
                    CpuBuffer.data(results[i]), types.get(value), Lane.of(types.get(value)), places.block(value));
        }
        blocks = places.blocks();
        length = blocks > 4 ? SHORT : Scratch.SIZE;
    }

    @Override
    public void run() {
        threads.parallelFor(elements, grain, body);
    }

    /** Computes the elements {@code from} to {@code to}. */
    void run(int part, long from, long to) {
        Block[] scratch = Scratch.current().blocks(blocks);
        int longest = (int) Math.min(length, to - from);
        for (Constant constant : constants) {
            scratch[constant.block].set(constant.lane, constant.value, longest);
        }
        for (long at = from; at < to; at += length) {
            int n = (int) Math.min(length, to - at);
            for (int i = 0; i < readers.length; i++) {
                readers[i].load(scratch[inputBlocks[i]], at, n);
            }
            for (Step step : steps) {
                compute(step, scratch, n);
                if (step.rounds) {
                    scratch[step.resultBlock].round(step.resultType, n);
                }
            }
            for (Output output : outputs) {
                scratch[output.block].store(output.lane, output.data, output.dtype, at, n);
            }
        }
    }

    private static int function(ElementwiseOp op) {
        return switch (op) {
            case UnaryOp of -> NativeFunctions.of(of);
            case UnaryBackwardOp of -> NativeFunctions.of(of);
            case BinaryOp _, ElementwiseOp.Select _, ElementwiseOp.Cast _ -> NativeFunctions.NONE;
        };
    }

    private static void compute(Step step, Block[] scratch, int n) {
        Block out = scratch[step.resultBlock];
        Block a = scratch[step.blocks[0]];
        if (step.function != NativeFunctions.NONE) {
            if (step.blocks.length == 1) {
                NativeFunctions.map(step.function, a.floatMemory, out.floatMemory, n);
            } else {
                Block dy = scratch[step.blocks[1]];
                NativeFunctions.mapBackward(step.function, a.floatMemory, dy.floatMemory, out.floatMemory, n);
            }
            return;
        }
        Lane lane = Lane.of(step.types[0]);
        switch (step.op) {
            case UnaryOp op -> unary(op, lane, Lane.of(step.resultType), a, out, n);
            case UnaryBackwardOp op -> backward(op, lane, a, scratch[step.blocks[1]], out, n);
            case BinaryOp op -> binary(op, lane, a, scratch[step.blocks[1]], out, n);
            case ElementwiseOp.Select _ ->
                out.select(Lane.of(step.resultType), a, scratch[step.blocks[1]], scratch[step.blocks[2]], n);
            case ElementwiseOp.Cast cast -> out.convert(Lane.of(cast.dtype()), lane, a, cast.dtype() == DType.BOOL, n);
        }
    }

    private static void unary(UnaryOp op, Lane lane, Lane result, Block x, Block y, int n) {
        switch (lane) {
            case FLOAT -> {
                if (result == lane) {
                    FloatFunctions.apply(op, x.floats, y.floats, n);
                } else {
                    FloatFunctions.test(op, x.floats, y.longs, n);
                }
            }
            case DOUBLE -> {
                if (result == lane) {
                    DoubleFunctions.apply(op, x.doubles, y.doubles, n);
                } else {
                    DoubleFunctions.test(op, x.doubles, y.longs, n);
                }
            }
            case LONG -> LongFunctions.apply(op, x.longs, y.longs, n);
        }
    }

    private static void backward(UnaryBackwardOp op, Lane lane, Block saved, Block dy, Block out, int n) {
        switch (lane) {
            case FLOAT -> FloatFunctions.apply(op, saved.floats, dy.floats, out.floats, n);
            case DOUBLE -> DoubleFunctions.apply(op, saved.doubles, dy.doubles, out.doubles, n);
            case LONG -> throw ElementwiseKernels.unsupported(op);
        }
    }

    private static void binary(BinaryOp op, Lane lane, Block a, Block b, Block y, int n) {
        switch (lane) {
            case FLOAT -> {
                if (op.isPredicate()) {
                    FloatFunctions.compare(op, a.floats, b.floats, y.longs, n);
                } else {
                    FloatFunctions.apply(op, a.floats, b.floats, y.floats, n);
                }
            }
            case DOUBLE -> {
                if (op.isPredicate()) {
                    DoubleFunctions.compare(op, a.doubles, b.doubles, y.longs, n);
                } else {
                    DoubleFunctions.apply(op, a.doubles, b.doubles, y.doubles, n);
                }
            }
            case LONG -> LongFunctions.apply(op, a.longs, b.longs, y.longs, n);
        }
    }
}
