package dev.lamina.backend.cuda;

import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses by time between the algorithms that cublasLt knows for a product: it is computed with each a few times, on
 * the operands of its first run, whose results are then those of one run. Which one wins may differ from process to
 * process, and with it the last bits; so it has to be asked for.
 */
final class LtTuning {
    /** {@code true}: products are timed; otherwise the heuristic's first algorithm is taken. */
    static final String PROPERTY = "dev.lamina.cuda.autotune";

    /** How many algorithms the heuristic is asked for. */
    static final int CANDIDATES = 8;

    private static final Logger LOG = LoggerFactory.getLogger(LtTuning.class);

    private static final int ROUNDS = 3;
    private static final int RUNS = 5;

    /** Another algorithm than the heuristic's first has to take less than this part of its time. */
    private static final double GAIN = 0.97;

    private LtTuning() {}

    static boolean isOn() {
        return Boolean.getBoolean(PROPERTY);
    }

    /**
     * Lets the product keep the fastest algorithm.
     *
     * @param issue issues the product with the algorithm that it has at that time, and answers cublasLt's status
     */
    static void choose(CudaDevice device, LtProduct product, IntSupplier issue) {
        CudaEvent begin = CudaEvent.timed(device.driver());
        CudaEvent end = CudaEvent.timed(device.driver());
        try {
            product.use(0);
            int best = 0;
            double least = GAIN * time(device, begin, end, issue);
            for (int i = 1; i < product.candidates(); i++) {
                product.use(i);
                double time = time(device, begin, end, issue);
                if (time < least) {
                    best = i;
                    least = time;
                }
            }
            product.use(best);
            LOG.debug("[{}] algorithm {} of {} for {}", device.name(), best, product.candidates(), product);
        } finally {
            begin.close();
            end.close();
        }
    }

    /** The milliseconds of a run, the least of some rounds; endless where cublasLt refuses. */
    private static double time(CudaDevice device, CudaEvent begin, CudaEvent end, IntSupplier issue) {
        double least = Double.MAX_VALUE;
        if (issue.getAsInt() != CublasLt.SUCCESS) {
            return least;
        }
        int status = CublasLt.SUCCESS;
        for (int round = 0; round < ROUNDS; round++) {
            begin.record(device.compute());
            for (int run = 0; run < RUNS; run++) {
                status |= issue.getAsInt();
            }
            end.record(device.compute());
            end.synchronize();
            least = Math.min(least, end.millisecondsSince(begin) / RUNS);
        }
        return status == CublasLt.SUCCESS ? least : Double.MAX_VALUE;
    }
}
