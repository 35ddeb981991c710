package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The exponential function over an array against that of {@link Math}. */
class ExponentialTest {
    @Test
    void expInPlaceIsPreciseWhereFloatsAre() {
        double[] x =
                IntStream.rangeClosed(-1040, 887).mapToDouble(i -> i / 10.0).toArray();
        double[] y = x.clone();
        Exponential.exp(y, y.length);
        for (int i = 0; i < x.length; i++) {
            assertThat(y[i] / Math.exp(x[i]) - 1).as("exp(%s)", x[i]).isBetween(-1e-11, 1e-11);
        }
    }
}
