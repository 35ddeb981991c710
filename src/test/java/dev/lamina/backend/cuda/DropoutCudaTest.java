package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.runtime.CompiledStep;
import dev.lamina.runtime.Execution;
import dev.lamina.runtime.GradientTape;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** In a compiled step bias, activation and dropout are one launch each way, and no choice is stored between them. */
@ExtendWith({SimulatedDevice.class, OnCuda.class, WithoutCublasLt.class})
final class DropoutCudaTest {
    private static final double RATE = 0.3;
    private static final int RUNS = 3;

    /** Random numbers whose state is closed at the end. */
    private record Generator(SeedGenerator numbers) implements AutoCloseable {
        Generator() {
            this(new SeedGenerator(5));
        }

        @Override
        public void close() {
            numbers.state().close();
        }
    }

    /** {@code y = dropout(relu(x + bias))}, relu of its product with weights, and the gradient of the sum. */
    private static List<Tensor> layer(Generator generator, Tensor x, Tensor bias, Tensor weights) {
        try (GradientTape tape = GradientTape.open()) {
            tape.watch(x);
            Tensor kept =
                    Ops.greaterEqual(generator.numbers.uniform(x.shape(), x.dtype()), Ops.constant(RATE, x.dtype()));
            Tensor scaled = Ops.multiply(Ops.relu(Ops.add(x, bias)), 1 / (1 - RATE));
            Tensor y = Ops.where(kept, scaled, Ops.constant(0, x.dtype()));
            Tensor z = Ops.relu(Ops.matmul(y, weights));
            return List.of(y, z, tape.gradient(Ops.sum(z), List.of(x)).get(0));
        }
    }

    private record Inputs(HostArray x, HostArray bias, HostArray weights) {
        static Inputs of(int rows, int columns, DType dtype) {
            return new Inputs(
                    CudaTests.random(1, rows, columns).cast(dtype),
                    CudaTests.random(2, columns).cast(dtype),
                    CudaTests.random(3, columns, 5).cast(dtype));
        }

        List<TensorSpec> specs() {
            return List.of(x.spec(), bias.spec(), weights.spec());
        }
    }

    /** What each of several runs gives, all with choices of their own. */
    private static List<HostArray> traced(Inputs inputs) {
        List<HostArray> results = new ArrayList<>();
        try (Generator generator = new Generator();
                CompiledStep step =
                        Execution.compile(inputs.specs(), in -> layer(generator, in.get(0), in.get(1), in.get(2)))) {
            for (int run = 0; run < RUNS; run++) {
                step.feed(0, inputs.x.data());
                step.feed(1, inputs.bias.data());
                step.feed(2, inputs.weights.data());
                step.run();
                results.add(step.output(0));
                results.add(step.output(1));
                results.add(step.output(2));
            }
        }
        return results;
    }

    private static List<HostArray> eager(Inputs inputs) {
        List<HostArray> results = new ArrayList<>();
        try (Generator generator = new Generator()) {
            for (int run = 0; run < RUNS; run++) {
                layer(generator, Ops.tensor(inputs.x), Ops.tensor(inputs.bias), Ops.tensor(inputs.weights))
                        .forEach(result -> results.add(result.toHost()));
            }
        }
        return results;
    }

    private static <T> T without(String passes, Supplier<T> action) {
        System.setProperty("dev.lamina.passes.off", passes);
        try {
            return action.get();
        } finally {
            System.clearProperty("dev.lamina.passes.off");
        }
    }

    private static void same(List<HostArray> actual, List<HostArray> expected, String how) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.size(); i++) {
            assertThat(actual.get(i).data().mismatch(expected.get(i).data()))
                    .as("%s: the first byte that differs in result %d", how, i)
                    .isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "4, 1, FLOAT32", "3, 13, FLOAT32", "6, 207, FLOAT32", "2, 1025, FLOAT32", "0, 13, FLOAT32",
        "5, 13, BFLOAT16", "3, 1025, BFLOAT16", "13, 6, FLOAT16", "4, 207, FLOAT16", "3, 13, FLOAT64"
    })
    void theBitsAreThoseOfSingleOps(int rows, int columns, DType dtype) {
        Inputs inputs = Inputs.of(rows, columns, dtype);
        List<HostArray> expected = eager(inputs);
        if (rows * columns > 30) {
            assertThat(expected.get(0).data().mismatch(expected.get(3).data()))
                    .as("the second run draws other numbers")
                    .isNotEqualTo(-1);
        }
        same(traced(inputs), expected, "with all passes");
        same(without("draw-again", () -> traced(inputs)), expected, "with the choice stored");
        same(without("all", () -> traced(inputs)), expected, "without passes");
    }

    private static long launches(String kernel) {
        return CudaTests.backend().library().launches(kernel);
    }

    @Test
    void oneLaunchEachWay() {
        Inputs inputs = Inputs.of(64, 52, DType.FLOAT32);
        try (Generator generator = new Generator();
                CompiledStep step =
                        Execution.compile(inputs.specs(), in -> layer(generator, in.get(0), in.get(1), in.get(2)))) {
            long chains = launches("elementwise_chain");
            long draws = launches("random_uniform_f32");
            step.feed(0, inputs.x.data());
            step.feed(1, inputs.bias.data());
            step.feed(2, inputs.weights.data());
            step.run();
            // The third is relu of the product with its gradient.
            assertThat(launches("elementwise_chain") - chains).isEqualTo(3);
            assertThat(launches("random_uniform_f32")).isEqualTo(draws);
        }
    }

    @Test
    void noMaskIsStored() {
        TensorSpec x = new TensorSpec(Shape.of(512, 256), DType.FLOAT32);
        TensorSpec bias = new TensorSpec(Shape.of(256), DType.FLOAT32);
        TensorSpec weights = new TensorSpec(Shape.of(256, 5), DType.FLOAT32);
        long elements = x.shape().elements();
        try (Generator generator = new Generator()) {
            Supplier<Long> arena = () -> Execution.plan(
                            List.of(x, bias, weights), in -> layer(generator, in.get(0), in.get(1), in.get(2)))
                    .arenaBytes();
            // The numbers of 4 bytes and what they choose, of 1.
            assertThat(without("draw-again,fuse-elementwise", arena) - arena.get())
                    .isGreaterThanOrEqualTo(5 * elements);
            assertThat(without("draw-again", arena) - arena.get()).isBetween(elements, elements + 4096);
        }
    }
}
