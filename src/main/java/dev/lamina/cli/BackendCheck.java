package dev.lamina.cli;

import dev.lamina.backend.Backends;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;

/** Two computations by a backend beside plain loops: a product of matrices and a relu. */
final class BackendCheck {
    private static final int SIDE = 256;
    private static final double MATMUL_TOLERANCE = 1e-3;

    private final HostArray a = random(1);
    private final HostArray b = random(2);

    /** Eighths, whose products and sums are exact in float32 and TF32 alike. */
    private static HostArray random(long seed) {
        Random random = new Random(seed);
        return HostArray.zeros(Shape.of(SIDE, SIDE), DType.FLOAT32).fill(i -> Math.rint(8 * random.nextGaussian()) / 8);
    }

    Map<String, Object> matmul(String backend) {
        return check(backend, left -> Ops.matmul(left, Ops.tensor(b)), product(), MATMUL_TOLERANCE);
    }

    Map<String, Object> relu(String backend) {
        HostArray expected = HostArray.zeros(a.shape(), DType.FLOAT32).fill(i -> Math.max(0, a.getDouble(i)));
        return check(backend, Ops::relu, expected, 0);
    }

    private HostArray product() {
        HostArray product = HostArray.zeros(a.shape(), DType.FLOAT64);
        return product.fill(at -> {
            double sum = 0;
            for (long k = 0; k < SIDE; k++) {
                sum += a.getDouble(at / SIDE * SIDE + k) * b.getDouble(k * SIDE + at % SIDE);
            }
            return sum;
        });
    }

    // A native library can fail in ways of its own; whatever it is, the doctor says it.
    private Map<String, Object> check(
            String backend, UnaryOperator<Tensor> operation, HostArray expected, double tolerance) {
        Map<String, Object> facts = new LinkedHashMap<>();
        try {
            Backends.use(backend);
            try (Scope _ = Scope.open()) {
                Tensor input = Ops.tensor(a);
                double error = largestError(operation.apply(input).toHost(), expected);
                long start = System.nanoTime();
                operation.apply(input).toHost();
                double millis = (System.nanoTime() - start) / 1e6;
                facts.put("size", SIDE + " x " + SIDE);
                facts.put("right", error <= tolerance);
                facts.put("largest error", error);
                facts.put("milliseconds", Math.round(millis * 1000) / 1000.0);
            }
        } catch (RuntimeException | LinkageError e) {
            facts.put("right", false);
            facts.put("failure", String.valueOf(e));
        }
        return facts;
    }

    private static double largestError(HostArray computed, HostArray expected) {
        double largest = 0;
        for (long i = 0; i < (long) SIDE * SIDE; i++) {
            // A NaN stays one.
            largest = Math.max(largest, Math.abs(computed.getDouble(i) - expected.getDouble(i)));
        }
        return largest;
    }
}
