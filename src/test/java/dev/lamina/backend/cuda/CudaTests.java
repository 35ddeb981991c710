package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.backend.PlanExecutor;
import dev.lamina.ops.Op;
import dev.lamina.tensor.Buffer;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** The backend under test, and how its tests run single ops. */
final class CudaTests {
    private CudaTests() {}

    static CudaBackend backend() {
        return (CudaBackend) new CudaBackendProvider().backend();
    }

    /** 1 where cublasLt serves a product, and 0 where it does not, which may be on a GPU alone. */
    static int served(CudaGemm gemm, DType dtype, LtEpilogue epilogue) {
        try (CudaDevice.Hold _ = backend().device().hold()) {
            boolean served = backend().lt().serves(LtProblem.of(gemm, dtype, epilogue));
            if (SimulatedDevice.isGenerous()) {
                assertThat(served).as("%s of %s, %s", epilogue, dtype, gemm).isTrue();
            }
            return served ? 1 : 0;
        }
    }

    /** Runs an op on arrays; its first result. */
    static HostArray run(Op op, HostArray... inputs) {
        return runAll(op, inputs).getFirst();
    }

    static List<HostArray> runAll(Op op, HostArray... inputs) {
        CudaBackend backend = backend();
        List<TensorSpec> specs = Arrays.stream(inputs).map(HostArray::spec).toList();
        List<Buffer> buffers = new ArrayList<>();
        try {
            Operand[] in = Arrays.stream(inputs)
                    .map(input -> upload(backend, input, buffers))
                    .toArray(Operand[]::new);
            Operand[] out = op.infer(specs).stream()
                    .map(spec -> allocate(backend, spec, buffers))
                    .toArray(Operand[]::new);
            Operand workspace = allocate(backend, PlanExecutor.scratch(backend.workspaceBytes(op, specs)), buffers);
            backend.run(op, in, out, workspace);
            return Arrays.stream(out).map(CudaTests::download).toList();
        } finally {
            buffers.forEach(Buffer::free);
        }
    }

    private static Operand upload(CudaBackend backend, HostArray array, List<Buffer> buffers) {
        Operand operand = allocate(backend, array.spec(), buffers);
        operand.buffer().upload(0, array.data());
        return operand;
    }

    private static Operand allocate(CudaBackend backend, TensorSpec spec, List<Buffer> buffers) {
        Buffer buffer = backend.allocate(spec.bytes());
        buffers.add(buffer);
        return new Operand(buffer, 0, spec);
    }

    static HostArray download(Operand operand) {
        HostArray array = HostArray.zeros(operand.shape(), operand.dtype());
        operand.buffer().download(operand.offset(), array.data());
        return array;
    }

    /** Numbers in [-2, 2). */
    static HostArray random(long seed, int... sizes) {
        Random random = new Random(seed);
        return HostArray.zeros(Shape.of(sizes), DType.FLOAT32).fill(i -> 4 * random.nextFloat() - 2);
    }

    static MemorySegment bytes(long seed, int count) {
        byte[] bytes = new byte[count];
        new Random(seed).nextBytes(bytes);
        return MemorySegment.ofArray(bytes);
    }
}
