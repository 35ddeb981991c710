package dev.lamina.backend.cpu;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Runs ops on bfloat16 and float16 by way of float32 copies of all operands, which lie at the front of the workspace.
 */
final class HalfPrecision {
    private static final int WORKSPACE_ALIGNMENT = 64;

    /** An op on float32 operands. */
    interface FloatBody {
        void run(Operand[] inputs, Operand output, Operand workspace);
    }

    private final CpuThreads threads;

    HalfPrecision(CpuThreads threads) {
        this.threads = threads;
    }

    static boolean applies(DType dtype) {
        return dtype == DType.BFLOAT16 || dtype == DType.FLOAT16;
    }

    /** A number as a 16-bit type has it; those for other types as they are. */
    static double rounded(DType dtype, double value) {
        if (!applies(dtype)) {
            return value;
        }
        float[] one = {(float) value};
        Transfer.round(one, dtype == DType.BFLOAT16, 1);
        return one[0];
    }

    static List<TensorSpec> asFloats(List<TensorSpec> specs) {
        return specs.stream().map(HalfPrecision::asFloats).toList();
    }

    private static TensorSpec asFloats(TensorSpec spec) {
        return new TensorSpec(spec.shape(), DType.FLOAT32);
    }

    /** The bytes that the float32 copies take. */
    static long bytes(List<TensorSpec> inputs, TensorSpec output) {
        long bytes = aligned(asFloats(output).bytes());
        for (TensorSpec input : inputs) {
            bytes += aligned(asFloats(input).bytes());
        }
        return bytes;
    }

    void run(Operand[] inputs, Operand output, Operand workspace, FloatBody body) {
        Operand[] wide = new Operand[inputs.length];
        long used = 0;
        for (int i = 0; i < inputs.length; i++) {
            wide[i] = new Operand(workspace.buffer(), workspace.offset() + used, asFloats(inputs[i].spec()));
            used += aligned(wide[i].bytes());
            convert(inputs[i], wide[i]);
        }
        Operand result = new Operand(workspace.buffer(), workspace.offset() + used, asFloats(output.spec()));
        used += aligned(result.bytes());
        body.run(wide, result, rest(workspace, used));
        convert(result, output);
    }

    /** The part of a workspace behind so many bytes. */
    static Operand rest(Operand workspace, long used) {
        int rows = Math.toIntExact((workspace.bytes() - used) / WORKSPACE_ALIGNMENT);
        TensorSpec spec = new TensorSpec(Shape.of(rows, WORKSPACE_ALIGNMENT), DType.UINT8);
        return new Operand(workspace.buffer(), workspace.offset() + used, spec);
    }

    private void convert(Operand x, Operand y) {
        MemorySegment from = CpuBuffer.data(x);
        MemorySegment to = CpuBuffer.data(y);
        threads.parallelFor(x.shape().elements(), 16 << 10, (part, first, last) -> {
            float[] values = Scratch.current().block(0).floats;
            for (long at = first; at < last; at += Scratch.SIZE) {
                int n = (int) Math.min(Scratch.SIZE, last - at);
                Transfer.load(from, x.dtype(), at, values, 0, n);
                Transfer.store(values, 0, to, y.dtype(), at, n);
            }
        });
    }

    static long aligned(long bytes) {
        return Math.ceilDiv(bytes, WORKSPACE_ALIGNMENT) * WORKSPACE_ALIGNMENT;
    }
}
