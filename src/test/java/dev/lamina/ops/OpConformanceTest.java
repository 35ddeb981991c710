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

/**
 * Every case of the catalogue in every element type on the current backend, against the run in the reference type
 * (float64, but for a few) on the same inputs. What float64 itself must give is {@link OpDefinitionTest}'s affair.
 */
class OpConformanceTest {
    private final OpRunner runner = new OpRunner(Backends.current(), (byte) 0xFF);
    private final OpRunner otherPoison = new OpRunner(Backends.current(), (byte) 0x2B);

    @TestFactory
    Stream<DynamicTest> agreesWithTheReferenceType() {
        return OpCatalogue.CASES.stream()
                .flatMap(one -> one.dtypes().stream()
                        .map(dtype -> DynamicTest.dynamicTest(one + " in " + dtype, () -> check(one, dtype))));
    }

    private void check(OpCase one, DType dtype) {
        long seed = one.toString().hashCode();
        List<HostArray> inputs = one.draw(dtype, seed);
        List<HostArray> actual = runner.run(one.op(dtype), inputs);
        List<HostArray> reference = otherPoison.run(one.op(), one.toReference(inputs));
        assertThat(actual).as("outputs").hasSameSizeAs(reference);
        for (int output = 0; output < actual.size(); output++) {
            HostArray got = actual.get(output);
            HostArray expected = reference.get(output);
            OpRunner.checkBools(got);
            assertThat(got.shape()).isEqualTo(expected.shape());
            for (long i = 0; i < got.elements(); i++) {
                if (!one.accuracy().accepts(got.dtype(), got.getDouble(i), expected.getDouble(i))) {
                    fail(
                            "%s in %s, seed %d: output %d, element %d is %s, in %s it is %s, allowed difference %s",
                            one,
                            dtype,
                            seed,
                            output,
                            i,
                            got.getDouble(i),
                            one.reference(),
                            expected.getDouble(i),
                            one.accuracy().bound(got.dtype(), expected.getDouble(i)));
                }
            }
        }
        // Runs again over other memory, and in the inputs' own where that may be: the same bits.
        check(one, dtype, actual, otherPoison.run(one.op(dtype), inputs));
        if (runner.overwrites(one.op(dtype), one.specs(dtype))) {
            check(one, dtype, actual, runner.runInPlace(one.op(dtype), inputs));
        }
    }

    private static void check(OpCase one, DType dtype, List<HostArray> actual, List<HostArray> again) {
        for (int output = 0; output < actual.size(); output++) {
            assertThat(again.get(output).data().mismatch(actual.get(output).data()))
                    .as("the first byte that differs in a second run of %s in %s", one, dtype)
                    .isEqualTo(-1);
        }
    }
}
