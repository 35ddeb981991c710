package dev.lamina.backend.cuda;

import dev.lamina.tensor.Buffer;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether cublasLt computes each epilogue that Lamina asks for as it is defined. The matrices hold eighths, so that
 * products and sums are exact in float32 and TF32 alike, and what is off is the epilogue; one NaN must stay one.
 */
final class LtCheck {
    private static final int ROWS = 40;
    private static final int COUNT = 56;
    private static final int COLUMNS = 24;

    /** In float32, of a number's magnitude and at least of 1: four units in the last place. */
    private static final double TOLERANCE = 0x1p-21;

    private final CudaBackend backend;
    private final LtProblem problem;
    private final HostArray a;
    private final HostArray b;
    private final HostArray bias;

    private LtCheck(CudaBackend backend, DType dtype, LtEpilogue epilogue) {
        this.backend = backend;
        problem = new LtProblem(
                CudaGemm.dense(false, false, ROWS, COLUMNS, COUNT),
                dtype,
                CudaBlas.computeType(dtype),
                epilogue,
                LtProblem.ALIGNMENT);
        a = array(dtype, 1, ROWS, COUNT);
        a.setDouble(0, Double.NaN);
        b = array(dtype, 2, COUNT, COLUMNS);
        bias = array(dtype, 3, COLUMNS);
    }

    /** Eighths from -1 to 1. */
    private static HostArray array(DType dtype, int seed, int... sizes) {
        return HostArray.zeros(Shape.of(sizes), dtype).fill(i -> Math.rint(8 * Math.sin(seed + 0.7 * i)) / 8);
    }

    /**
     * For each type and epilogue, whether it is served and, if so, whether the numbers are right; or, where that
     * decides, whether it is used.
     */
    static Map<String, Object> run(CudaBackend backend) {
        Map<String, Object> facts = new LinkedHashMap<>();
        for (DType dtype : List.of(DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16)) {
            for (LtEpilogue epilogue : LtEpilogue.values()) {
                facts.put(epilogue + " of " + dtype, new LtCheck(backend, dtype, epilogue).check());
            }
        }
        return facts;
    }

    static boolean isRight(CudaBackend backend, DType dtype, LtEpilogue epilogue) {
        LtCheck check = new LtCheck(backend, dtype, epilogue);
        return Boolean.TRUE.equals(check.check().get(check.verdict()));
    }

    private Map<String, Object> check() {
        if (!backend.lt().offers(problem)) {
            return Map.of("served", false);
        }
        HostArray c = HostArray.zeros(Shape.of(ROWS, COLUMNS), problem.dtype());
        HostArray beside = HostArray.zeros(Shape.of(COLUMNS), problem.dtype());
        List<Operand> on = List.of(upload(a), upload(b), upload(c), upload(bias));
        try {
            long[] at = on.stream().mapToLong(CudaBuffer::address).toArray();
            if (!backend.lt().tryOut(problem, new LtOperands(at[0], at[1], at[2], at[3]))) {
                return Map.of("served", false);
            }
            on.get(2).buffer().download(0, c.data());
            on.get(3).buffer().download(0, beside.data());
        } finally {
            on.forEach(operand -> operand.buffer().free());
        }
        double excess = 0;
        for (int i = 0; i < ROWS * COLUMNS; i++) {
            excess = Math.max(excess, excess(c.getDouble(i), product(i / COLUMNS, i % COLUMNS)));
        }
        for (int i = 0; i < COLUMNS; i++) {
            excess = Math.max(excess, excess(beside.getDouble(i), bias(i)));
        }
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("served", true);
        facts.put(verdict(), excess <= tolerance());
        facts.put("largest difference", excess);
        return facts;
    }

    /** To be wrong is no fault of a library that promises nothing. */
    private String verdict() {
        return problem.epilogue().isToBeChecked() ? "used" : "right";
    }

    private Operand upload(HostArray array) {
        Buffer buffer = backend.allocate(array.spec().bytes());
        buffer.upload(0, array.data());
        return new Operand(buffer, 0, array.spec());
    }

    /** Beside rounding to 16 bits, gelu may be off by a quarter of a unit in the last place of 1. */
    private double tolerance() {
        return problem.epilogue() == LtEpilogue.GELU_BIAS ? Math.max(TOLERANCE, rounding() / 2) : TOLERANCE;
    }

    private double rounding() {
        return switch (problem.dtype()) {
            case BFLOAT16 -> 0x1p-8;
            case FLOAT16 -> 0x1p-11;
            case FLOAT32, FLOAT64, INT32, INT64, UINT8, BOOL -> 0;
        };
    }

    /** By how much a number is off beyond what rounding it to its type allows, of the number's magnitude or of 1. */
    private double excess(double actual, double expected) {
        if (Double.isNaN(actual) || Double.isNaN(expected)) {
            return Double.isNaN(actual) && Double.isNaN(expected) ? 0 : Double.MAX_VALUE;
        }
        double magnitude = Math.abs(expected);
        return (Math.abs(actual - expected) - rounding() * magnitude) / Math.max(1, magnitude);
    }

    private double product(int row, int column) {
        LtEpilogue epilogue = problem.epilogue();
        double sum = epilogue == LtEpilogue.BIAS_GRADIENT ? 0 : bias.getDouble(column);
        for (int k = 0; k < COUNT; k++) {
            sum += a.getDouble(row * COUNT + k) * b.getDouble(k * COLUMNS + column);
        }
        return switch (epilogue) {
            case RELU_BIAS -> Math.max(0, sum);
            case GELU_BIAS -> sum / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (sum + 0.044715 * sum * sum * sum)));
            case BIAS, BIAS_GRADIENT -> sum;
        };
    }

    /** The bias afterwards: what it was, or its gradient. */
    private double bias(int column) {
        if (problem.epilogue() != LtEpilogue.BIAS_GRADIENT) {
            return bias.getDouble(column);
        }
        double sum = 0;
        for (int k = 0; k < COUNT; k++) {
            sum += b.getDouble(k * COLUMNS + column);
        }
        return sum;
    }
}
