package dev.lamina.backend.cpu;

import dev.lamina.ops.Op;
import dev.lamina.tensor.Buffer;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Runs single ops on a CPU backend of its own, and makes test data. Outputs and workspace are filled with garbage
 * first.
 */
final class Runner {
    private static final int GARBAGE = 0xA5;

    final CpuBackend backend;

    Runner(int threads) {
        this(threads, true);
    }

    /** @param fast whether oneDNN may compute more than matrix products */
    Runner(int threads, boolean fast) {
        backend = new CpuBackend(threads, Long.MAX_VALUE, fast);
    }

    HostArray run(Op op, HostArray... inputs) {
        return runAll(op, inputs).getFirst();
    }

    List<HostArray> runAll(Op op, HostArray... inputs) {
        List<TensorSpec> specs = Arrays.stream(inputs).map(HostArray::spec).toList();
        Operand[] in = Arrays.stream(inputs).map(this::upload).toArray(Operand[]::new);
        Operand[] out = op.infer(specs).stream().map(this::garbage).toArray(Operand[]::new);
        long scratch = backend.workspaceBytes(op, specs);
        Operand workspace = garbage(new TensorSpec(Shape.of((int) scratch), DType.UINT8));
        backend.run(op, in, out, workspace);
        List<HostArray> results = Arrays.stream(out).map(Runner::download).toList();
        for (int i = 0; i < in.length; i++) {
            if (download(in[i]).data().mismatch(inputs[i].data()) != -1) {
                throw new AssertionError(op + " changed its input " + i);
            }
            in[i].buffer().free();
        }
        for (Operand each : out) {
            each.buffer().free();
        }
        workspace.buffer().free();
        return results;
    }

    /** An operand that begins somewhere inside its buffer. */
    Operand upload(HostArray array) {
        Buffer buffer = backend.allocate(array.spec().bytes() + 64);
        buffer.upload(64, array.data());
        return new Operand(buffer, 64, array.spec());
    }

    private Operand garbage(TensorSpec spec) {
        Buffer buffer = backend.allocate(spec.bytes());
        Operand operand = new Operand(buffer, 0, spec);
        CpuBuffer.data(operand).fill((byte) GARBAGE);
        return operand;
    }

    static HostArray download(Operand operand) {
        HostArray array = HostArray.zeros(operand.shape(), operand.dtype());
        operand.buffer().download(operand.offset(), array.data());
        return array;
    }

    /** Numbers in [-2, 2), whole ones from -5 to 5 (0 to 255 for uint8) for integers. */
    static HostArray random(long seed, DType dtype, int... sizes) {
        Random random = new Random(seed);
        return HostArray.zeros(Shape.of(sizes), dtype).fill(i -> switch (dtype) {
            case FLOAT32, FLOAT64, BFLOAT16, FLOAT16 -> 4 * random.nextDouble() - 2;
            case INT32, INT64 -> random.nextInt(11) - 5;
            case UINT8 -> random.nextInt(256);
            case BOOL -> random.nextInt(2);
        });
    }
}
