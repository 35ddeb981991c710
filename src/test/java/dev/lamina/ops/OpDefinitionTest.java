package dev.lamina.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.lamina.backend.Backends;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The reference runs themselves: every case of the catalogue against {@link Definitions}. */
class OpDefinitionTest {
    private static final double TOLERANCE = 1e-12;

    private final OpRunner runner = new OpRunner(Backends.current(), (byte) 0xFF);

    @TestFactory
    Stream<DynamicTest> computesItsDefinition() {
        return OpCatalogue.CASES.stream()
                .flatMap(one -> one.dtypes().stream()
                        .filter(dtype -> dtype == one.reference() || !dtype.isFloating())
                        .map(dtype -> DynamicTest.dynamicTest(one + " in " + dtype, () -> check(one, dtype))));
    }

    private void check(OpCase one, DType dtype) {
        long seed = one.toString().hashCode();
        List<HostArray> inputs = one.draw(dtype, seed);
        List<HostArray> actual = runner.run(one.op(dtype), inputs);
        List<double[]> expected = Definitions.of(one.op(dtype), inputs);
        assertThat(actual).as("outputs").hasSameSizeAs(expected);
        for (int output = 0; output < actual.size(); output++) {
            HostArray got = actual.get(output);
            double[] values = expected.get(output);
            assertThat(got.elements()).isEqualTo(values.length);
            // Rounding is relative to the terms that were summed or cancelled, which the case states.
            double scale = Math.max(1, one.accuracy().scale());
            for (int i = 0; i < values.length; i++) {
                double value = got.getDouble(i);
                double wanted = got.dtype() == DType.UINT8 ? (long) values[i] & 0xff : values[i];
                boolean same = value == wanted || Double.isNaN(value) && Double.isNaN(wanted);
                if (!same && !(Math.abs(value - wanted) <= TOLERANCE * Math.max(scale, Math.abs(wanted)))) {
                    fail(
                            "%s in %s, seed %d: output %d, element %d is %s, by definition %s",
                            one, dtype, seed, output, i, value, wanted);
                }
            }
        }
    }
}
