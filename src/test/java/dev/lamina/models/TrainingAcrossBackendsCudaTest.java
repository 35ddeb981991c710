package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.backend.Backends;
import dev.lamina.backend.cuda.SimulatedDevice;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Embedding;
import dev.lamina.layers.GlobalAveragePooling1D;
import dev.lamina.layers.Input;
import dev.lamina.optimizers.SGD;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** The same training gives the same losses and weights on CUDA and on the CPU, but for rounding. */
@ExtendWith(SimulatedDevice.class)
final class TrainingAcrossBackendsCudaTest {
    private static final int SAMPLES = 20;
    private static final int STEPS = 5;

    private record Outcome(List<Double> losses, List<HostArray> state) {}

    @AfterEach
    void stayOnCuda() {
        Backends.use("cuda");
    }

    /** A Functional model of sentences, whose mask goes into a mean over the words, and by itself into a loss. */
    private static Model masked() {
        SymbolicTensor words = Input.of(Shape.of(STEPS), DType.INT32);
        var embedded = Embedding.of(13, 6).maskZero(true).build().apply(words);
        var hidden = new Dense(6, "tanh").apply(embedded);
        var tags = new Dense(4, "softmax").apply(hidden);
        var classes = new Dense(TestModels.CLASSES, "softmax").apply(new GlobalAveragePooling1D().apply(hidden));
        return Functional.of(List.of(words), List.of(tags, classes));
    }

    private static HostArray words() {
        return HostArray.zeros(Shape.of(SAMPLES, STEPS), DType.INT32).fill(i -> i % 3 == 0 ? 0 : i * 7 % 13);
    }

    private static HostArray tags() {
        return HostArray.zeros(Shape.of(SAMPLES, STEPS), DType.INT32).fill(i -> i * 5 % 4);
    }

    @TestFactory
    Stream<DynamicTest> testModels() {
        return TestModels.all().entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(
                        entry.getKey(),
                        () -> compare(
                                entry.getValue(),
                                TestModels.images(SAMPLES, 1),
                                List.of(TestModels.labels(SAMPLES, 2)))));
    }

    @TestFactory
    Stream<DynamicTest> aFunctionalModelWithMasks() {
        return Stream.of(DynamicTest.dynamicTest(
                "masks",
                () -> compare(
                        TrainingAcrossBackendsCudaTest::masked,
                        words(),
                        List.of(tags(), TestModels.labels(SAMPLES, 2)))));
    }

    private static void compare(Supplier<Model> model, HostArray x, List<HostArray> y) {
        Outcome cpu = train("cpu", model, x, y);
        Outcome cuda = train("cuda", model, x, y);
        for (int i = 0; i < cpu.losses().size(); i++) {
            assertThat(cuda.losses().get(i))
                    .as("loss %d", i)
                    .isCloseTo(cpu.losses().get(i), within(1e-5));
        }
        assertThat(cuda.losses().getLast()).isLessThan(cuda.losses().getFirst());
        for (int v = 0; v < cpu.state().size(); v++) {
            HostArray expected = cpu.state().get(v);
            HostArray found = cuda.state().get(v);
            for (long i = 0; i < expected.elements(); i++) {
                assertThat(found.getDouble(i))
                        .as("variable %d, element %d", v, i)
                        .isCloseTo(expected.getDouble(i), within(1e-4));
            }
        }
    }

    private static Outcome train(String backend, Supplier<Model> maker, HostArray x, List<HostArray> y) {
        Backends.use(backend);
        SeedGenerator.setGlobalSeed(23);
        try (Model model = maker.get()) {
            CompileOptions options = CompileOptions.with(new SGD(0.05));
            model.compile(options.loss("sparse_categorical_crossentropy"));
            FitOptions fit = FitOptions.epochs(3).batchSize(8).verbose(false);
            List<Double> losses = new ArrayList<>(model.fit(List.of(x), y, fit).get("loss"));
            losses.add(
                    model.evaluate(List.of(x), y, EvaluateOptions.batchSize(8)).get("loss"));
            return new Outcome(
                    losses, model.variables().stream().map(Variable::toHost).toList());
        }
    }
}
