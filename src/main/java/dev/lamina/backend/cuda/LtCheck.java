package dev.lamina.backend.cuda;

import dev.lamina.tensor.Buffer;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jcuda.jcublas.cublasComputeType;

/** Whether cublasLt computes each epilogue that Lamina asks for, for {@code lamina doctor}: beside sums in double. */
final class LtCheck {
    private static final int ROWS = 40;
    private static final int COUNT = 56;
    private static final int COLUMNS = 24;

    /** What sums of so many float32 products may differ by, in any order. */
    private static final double TOLERANCE = 1e-4;

    private final CudaBackend backend;
    private final HostArray a = array(1, ROWS, COUNT);
    private final HostArray b = array(2, COUNT, COLUMNS);
    private final HostArray bias = array(3, COLUMNS);
    private final HostArray c = HostArray.zeros(Shape.of(ROWS, COLUMNS), DType.FLOAT32);

    private LtCheck(CudaBackend backend) {
        this.backend = backend;
    }

    private static HostArray array(int seed, int... sizes) {
        return HostArray.zeros(Shape.of(sizes), DType.FLOAT32).fill(i -> Math.sin(seed + 0.7 * i));
    }

    /** For each epilogue, whether it is served and, if so, whether the numbers are right. */
    static Map<String, Object> run(CudaBackend backend) {
        Map<String, Object> facts = new LinkedHashMap<>();
        for (LtEpilogue epilogue : LtEpilogue.values()) {
            facts.put(epilogue.name(), new LtCheck(backend).check(epilogue));
        }
        return facts;
    }

    private Map<String, Object> check(LtEpilogue epilogue) {
        LtProblem problem = new LtProblem(
                CudaGemm.dense(false, false, ROWS, COLUMNS, COUNT),
                DType.FLOAT32,
                cublasComputeType.CUBLAS_COMPUTE_32F,
                epilogue,
                LtProblem.ALIGNMENT);
        if (!backend.lt().serves(problem)) {
            return Map.of("served", false);
        }
        Operand left = upload(a);
        Operand right = upload(b);
        Operand beside = upload(bias);
        Operand out = upload(c);
        try {
            LtOperands operands = new LtOperands(
                    CudaBuffer.address(left),
                    CudaBuffer.address(right),
                    CudaBuffer.address(out),
                    CudaBuffer.address(beside));
            if (!backend.lt().run(problem, operands)) {
                return Map.of("served", false);
            }
            HostArray expectedBias =
                    HostArray.zeros(Shape.of(COLUMNS), DType.FLOAT32).fill(i -> bias(epilogue, (int) i));
            out.buffer().download(0, c.data());
            double difference = 0;
            for (int i = 0; i < ROWS * COLUMNS; i++) {
                difference =
                        Math.max(difference, Math.abs(c.getDouble(i) - product(epilogue, i / COLUMNS, i % COLUMNS)));
            }
            beside.buffer().download(0, bias.data());
            for (int i = 0; i < COLUMNS; i++) {
                difference = Math.max(difference, Math.abs(bias.getDouble(i) - expectedBias.getDouble(i)));
            }
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("served", true);
            facts.put("right", difference <= TOLERANCE);
            facts.put("largest difference", difference);
            return facts;
        } finally {
            for (Operand operand : List.of(left, right, beside, out)) {
                operand.buffer().free();
            }
        }
    }

    private Operand upload(HostArray array) {
        Buffer buffer = backend.allocate(array.spec().bytes());
        buffer.upload(0, array.data());
        return new Operand(buffer, 0, array.spec());
    }

    private double product(LtEpilogue epilogue, int row, int column) {
        double sum = epilogue == LtEpilogue.BIAS_GRADIENT ? 0 : Math.sin(3 + 0.7 * column);
        for (int k = 0; k < COUNT; k++) {
            sum += a.getDouble(row * COUNT + k) * b.getDouble(k * COLUMNS + column);
        }
        return epilogue == LtEpilogue.RELU_BIAS ? Math.max(0, sum) : sum;
    }

    /** The bias afterwards: what it was, or its gradient. */
    private double bias(LtEpilogue epilogue, int column) {
        if (epilogue != LtEpilogue.BIAS_GRADIENT) {
            return bias.getDouble(column);
        }
        double sum = 0;
        for (int k = 0; k < COUNT; k++) {
            sum += b.getDouble(k * COLUMNS + column);
        }
        return sum;
    }
}
