package dev.lamina.backend.cpu;

import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.ElementwiseOp;
import dev.lamina.ops.Op;
import dev.lamina.ops.UnaryBackwardOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import java.lang.foreign.MemorySegment;

/** Elementwise ops: blocks of the inputs are copied to heap arrays, broadcast on the way; the result is copied back. */
final class ElementwiseKernels {
    /** With fewer elements than two of these, a second thread does not pay. */
    private static final long GRAIN = 16 << 10;

    /** Computes {@code n} elements of the output from the blocks of the inputs. */
    private interface BlockBody {
        void run(Scratch scratch, int n);
    }

    /** The number of the block that the output is taken from. */
    private static final int OUTPUT = 3;

    private final CpuThreads threads;

    ElementwiseKernels(CpuThreads threads) {
        this.threads = threads;
    }

    void run(ElementwiseOp op, Operand[] inputs, Operand[] outputs) {
        Operand y = outputs[0];
        switch (op) {
            case UnaryOp unary -> unary(unary, inputs[0], y);
            case UnaryBackwardOp backward -> backward(backward, inputs, y);
            case BinaryOp binary -> binary(binary, inputs, y);
            case ElementwiseOp.Select _ -> select(inputs, y);
            case ElementwiseOp.Cast _ -> cast(inputs[0], y);
        }
    }

    static IllegalStateException unsupported(Op op) {
        return new IllegalStateException("[cpu] expected a type that " + op.opName()
                + " accepts; received another one. The op's type rule should have caught this: a bug in Lamina.");
    }

    private void unary(UnaryOp op, Operand x, Operand y) {
        Lane lane = Lane.of(x.dtype());
        Lane result = Lane.of(y.dtype());
        if (op == UnaryOp.IDENTITY) {
            CpuBuffer.data(y).copyFrom(CpuBuffer.data(x));
        } else if (result != lane) {
            each(readers(y.shape(), lane, x), y, result, (scratch, n) -> {
                Block in = scratch.block(0);
                if (lane == Lane.FLOAT) {
                    FloatFunctions.test(op, in.floats, scratch.block(OUTPUT).longs, n);
                } else {
                    DoubleFunctions.test(op, in.doubles, scratch.block(OUTPUT).longs, n);
                }
            });
        } else {
            each(readers(y.shape(), lane, x), y, result, (scratch, n) -> {
                Block in = scratch.block(0);
                Block out = scratch.block(OUTPUT);
                switch (lane) {
                    case FLOAT -> FloatFunctions.apply(op, in.floats, out.floats, n);
                    case DOUBLE -> DoubleFunctions.apply(op, in.doubles, out.doubles, n);
                    case LONG -> LongFunctions.apply(op, in.longs, out.longs, n);
                }
            });
        }
    }

    private void backward(UnaryBackwardOp op, Operand[] inputs, Operand y) {
        Lane lane = Lane.of(y.dtype());
        each(readers(y.shape(), lane, inputs), y, lane, (scratch, n) -> {
            Block saved = scratch.block(0);
            Block dy = scratch.block(1);
            Block out = scratch.block(OUTPUT);
            switch (lane) {
                case FLOAT -> FloatFunctions.apply(op, saved.floats, dy.floats, out.floats, n);
                case DOUBLE -> DoubleFunctions.apply(op, saved.doubles, dy.doubles, out.doubles, n);
                case LONG -> LongFunctions.apply(op, saved.longs, dy.longs, out.longs, n);
            }
        });
    }

    private void binary(BinaryOp op, Operand[] inputs, Operand y) {
        Lane lane = Lane.of(inputs[0].dtype());
        Lane result = Lane.of(y.dtype());
        boolean compares = op.isPredicate();
        each(readers(y.shape(), lane, inputs), y, result, (scratch, n) -> {
            Block a = scratch.block(0);
            Block b = scratch.block(1);
            Block out = scratch.block(OUTPUT);
            switch (lane) {
                case FLOAT -> {
                    if (compares) {
                        FloatFunctions.compare(op, a.floats, b.floats, out.longs, n);
                    } else {
                        FloatFunctions.apply(op, a.floats, b.floats, out.floats, n);
                    }
                }
                case DOUBLE -> {
                    if (compares) {
                        DoubleFunctions.compare(op, a.doubles, b.doubles, out.longs, n);
                    } else {
                        DoubleFunctions.apply(op, a.doubles, b.doubles, out.doubles, n);
                    }
                }
                case LONG -> LongFunctions.apply(op, a.longs, b.longs, out.longs, n);
            }
        });
    }

    private void select(Operand[] inputs, Operand y) {
        Lane lane = Lane.of(y.dtype());
        Reader[] readers = {
            new Reader(inputs[0], y.shape(), Lane.LONG),
            new Reader(inputs[1], y.shape(), lane),
            new Reader(inputs[2], y.shape(), lane)
        };
        each(readers, y, lane, (scratch, n) -> {
            scratch.block(OUTPUT).select(lane, scratch.block(0), scratch.block(1), scratch.block(2), n);
        });
    }

    private void cast(Operand x, Operand y) {
        Lane from = Lane.of(x.dtype());
        Lane to = Lane.of(y.dtype());
        boolean bool = y.dtype() == DType.BOOL;
        each(readers(y.shape(), from, x), y, to, (scratch, n) -> {
            scratch.block(OUTPUT).convert(to, from, scratch.block(0), bool, n);
        });
    }

    private static Reader[] readers(Shape shape, Lane lane, Operand... inputs) {
        Reader[] readers = new Reader[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            readers[i] = new Reader(inputs[i], shape, lane);
        }
        return readers;
    }

    /** Runs the body over all blocks of the output, loading the inputs into the blocks 0, 1, ... before it. */
    private void each(Reader[] readers, Operand y, Lane lane, BlockBody body) {
        MemorySegment out = CpuBuffer.data(y);
        threads.parallelFor(y.shape().elements(), GRAIN, (part, from, to) -> {
            Scratch scratch = Scratch.current();
            for (long at = from; at < to; at += Scratch.SIZE) {
                int n = (int) Math.min(Scratch.SIZE, to - at);
                for (int i = 0; i < readers.length; i++) {
                    readers[i].load(scratch.block(i), at, n);
                }
                body.run(scratch, n);
                scratch.block(OUTPUT).store(lane, out, y.dtype(), at, n);
            }
        });
    }
}
