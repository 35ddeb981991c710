package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.initializers.Constant;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Dropout;
import dev.lamina.layers.Layer;
import dev.lamina.losses.BinaryCrossentropy;
import dev.lamina.losses.CategoricalCrossentropy;
import dev.lamina.losses.Huber;
import dev.lamina.losses.Loss;
import dev.lamina.losses.MeanAbsoluteError;
import dev.lamina.losses.MeanSquaredError;
import dev.lamina.losses.Poisson;
import dev.lamina.losses.SparseCategoricalCrossentropy;
import dev.lamina.metrics.BinaryAccuracy;
import dev.lamina.metrics.CategoricalAccuracy;
import dev.lamina.metrics.Metric;
import dev.lamina.metrics.RootMeanSquaredError;
import dev.lamina.metrics.SparseCategoricalAccuracy;
import dev.lamina.optimizers.Adam;
import dev.lamina.optimizers.AdamW;
import dev.lamina.optimizers.Optimizer;
import dev.lamina.optimizers.RMSprop;
import dev.lamina.optimizers.SGD;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several steps of a small network in one launch do what as many launches of its graph do. */
@ExtendWith({SimulatedDevice.class, OnCuda.class})
final class TinyStepsCudaTest {
    /** What docs/cuda.md states: of the value, and of 1 where it is less. */
    private static final double TOLERANCE = 1e-4;

    private static final List<HostArray> REGRESSION = TinyTraining.data(8, Shape.of(1), DType.FLOAT32, 0);
    private static final List<HostArray> CLASSES = TinyTraining.data(13, Shape.of(), DType.INT32, 10);

    private static List<Layer> perceptron() {
        return List.of(new Dense(32, "relu"), new Dense(32, "relu"), new Dense(1));
    }

    private static TinyTraining.Recipe regression(Supplier<Optimizer> optimizer) {
        return new TinyTraining.Recipe(
                TinyStepsCudaTest::perceptron, optimizer, MeanSquaredError::new, RootMeanSquaredError::new);
    }

    private static TinyTraining.Recipe recipe(
            Supplier<List<Layer>> layers, Supplier<Loss> loss, Supplier<Metric> metric) {
        return new TinyTraining.Recipe(layers, () -> new Adam(1e-3), loss, metric);
    }

    private static long launches() {
        return CudaTests.backend().library().launches(TinySteps.KERNEL);
    }

    private static void assertSame(TinyTraining.Recipe recipe, List<HostArray> data, int batch, int steps) {
        long before = launches();
        try (TinyTraining graph = byGraphs(recipe, data, batch)) {
            graph.run(steps, 1);
            assertThat(launches()).isEqualTo(before);
            try (TinyTraining tiny = new TinyTraining(recipe, data, batch).run(steps, TinyTraining.SAMPLES)) {
                assertThat(launches()).isGreaterThan(before);
                assertClose(tiny.state(), graph.state());
            }
        }
    }

    private static TinyTraining byGraphs(TinyTraining.Recipe recipe, List<HostArray> data, int batch) {
        System.setProperty(TinySteps.PROPERTY, "off");
        try {
            return new TinyTraining(recipe, data, batch);
        } finally {
            System.clearProperty(TinySteps.PROPERTY);
        }
    }

    private static void assertClose(List<double[]> actual, List<double[]> expected) {
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i)).as("variable %d", i).hasSameSizeAs(expected.get(i));
            for (int k = 0; k < expected.get(i).length; k++) {
                double value = expected.get(i)[k];
                assertThat(actual.get(i)[k])
                        .as("variable %d, element %d", i, k)
                        .isCloseTo(value, within(TOLERANCE * Math.max(1, Math.abs(value))));
            }
        }
    }

    enum Rule {
        SGD,
        MOMENTUM,
        NESTEROV,
        ADAM,
        AMSGRAD,
        ADAM_W,
        RMS_PROP,
        CENTERED;

        Optimizer optimizer() {
            return switch (this) {
                case SGD -> new SGD(1e-2);
                case MOMENTUM -> new SGD(1e-2, 0.9, false);
                case NESTEROV -> new SGD(1e-2, 0.9, true);
                case ADAM -> new Adam(1e-3);
                case AMSGRAD -> Adam.of().amsgrad(true).build();
                case ADAM_W -> AdamW.of().weightDecay(0.01).build();
                case RMS_PROP -> RMSprop.of().learningRate(1e-3).momentum(0.5).build();
                case CENTERED -> RMSprop.of().learningRate(1e-3).centered(true).build();
            };
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachOptimizer(Rule rule) {
        assertSame(regression(rule::optimizer), REGRESSION, 32, 40);
    }

    @Test
    void hundredsOfSteps() {
        assertSame(regression(Rule.MOMENTUM::optimizer), REGRESSION, 64, 200);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 13, 50, 64, 100})
    void eachSizeOfABatch(int batch) {
        assertSame(regression(() -> new SGD(1e-2)), REGRESSION, batch, 20);
    }

    @ParameterizedTest
    @ValueSource(strings = {"linear", "relu", "tanh", "sigmoid", "softplus", "leaky_relu"})
    void eachActivation(String activation) {
        assertSame(
                recipe(
                        () -> List.of(new Dense(3, activation), new Dense(8, activation), new Dense(1, activation)),
                        MeanSquaredError::new,
                        RootMeanSquaredError::new),
                REGRESSION,
                13,
                20);
    }

    enum Layers {
        ONE(1),
        THREE(3),
        WIDE(32, 3, 8),
        DEEP(8, 8, 8, 8, 8, 8),
        ODD(7, 33, 5);

        private final int[] units;

        Layers(int... units) {
            this.units = units;
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachNumberOfUnits(Layers layers) {
        for (int batch : new int[] {1, 13, 64}) {
            assertSame(
                    recipe(
                            () -> IntStream.of(layers.units)
                                    .<Layer>mapToObj(units -> new Dense(units, "tanh"))
                                    .toList(),
                            MeanSquaredError::new,
                            RootMeanSquaredError::new),
                    TinyTraining.data(5, Shape.of(layers.units[layers.units.length - 1]), DType.FLOAT32, 0),
                    batch,
                    10);
        }
    }

    enum Kind {
        MEAN_SQUARED,
        MEAN_ABSOLUTE,
        HUBER,
        POISSON,
        BINARY,
        BINARY_LOGITS,
        CATEGORICAL,
        CATEGORICAL_LOGITS,
        SPARSE,
        SPARSE_LOGITS
    }

    /** The largest of negative numbers, in rows that their threads don't fill. */
    @Test
    void negativeLogitsHaveALargestToo() {
        assertSame(
                recipe(
                        () -> List.of(
                                new Dense(9, "relu"),
                                Dense.of(11).biasInitializer(new Constant(-9)).build()),
                        () -> new SparseCategoricalCrossentropy(true),
                        SparseCategoricalAccuracy::new),
                CLASSES,
                20,
                10);
    }

    @ParameterizedTest
    @EnumSource
    void eachLoss(Kind kind) {
        List<HostArray> binary = TinyTraining.data(13, Shape.of(1), DType.FLOAT32, 2);
        List<HostArray> several = TinyTraining.data(13, Shape.of(10), DType.FLOAT32, 2);
        switch (kind) {
            case MEAN_SQUARED -> assertLoss("linear", 1, MeanSquaredError::new, RootMeanSquaredError::new, REGRESSION);
            case MEAN_ABSOLUTE ->
                assertLoss("linear", 1, MeanAbsoluteError::new, RootMeanSquaredError::new, REGRESSION);
            case HUBER -> assertLoss("linear", 1, Huber::new, RootMeanSquaredError::new, REGRESSION);
            case POISSON -> assertLoss("softplus", 1, Poisson::new, RootMeanSquaredError::new, REGRESSION);
            case BINARY -> assertLoss("sigmoid", 1, BinaryCrossentropy::new, BinaryAccuracy::new, binary);
            case BINARY_LOGITS ->
                assertLoss("linear", 1, () -> new BinaryCrossentropy(true, 0), BinaryAccuracy::new, binary);
            case CATEGORICAL ->
                assertLoss("softmax", 10, CategoricalCrossentropy::new, CategoricalAccuracy::new, several);
            case CATEGORICAL_LOGITS ->
                assertLoss("linear", 10, () -> new CategoricalCrossentropy(true, 0), CategoricalAccuracy::new, several);
            case SPARSE ->
                assertLoss("softmax", 10, SparseCategoricalCrossentropy::new, SparseCategoricalAccuracy::new, CLASSES);
            case SPARSE_LOGITS ->
                assertLoss(
                        "linear",
                        10,
                        () -> new SparseCategoricalCrossentropy(true),
                        SparseCategoricalAccuracy::new,
                        CLASSES);
        }
    }

    private static void assertLoss(
            String activation, int outputs, Supplier<Loss> loss, Supplier<Metric> metric, List<HostArray> data) {
        assertSame(
                recipe(() -> List.of(new Dense(20, "relu"), new Dense(outputs, activation)), loss, metric),
                data,
                32,
                20);
    }

    private static void assertNotTaken(TinyTraining.Recipe recipe, List<HostArray> data, int batch) {
        long before = launches();
        try (TinyTraining training = new TinyTraining(recipe, data, batch).run(4, 4)) {
            assertThat(training.state().getFirst()).doesNotContain(Double.NaN);
        }
        assertThat(launches()).isEqualTo(before);
    }

    @Test
    void whatTheKernelDoesNotComputeIsLeftToTheGraph() {
        assertNotTaken(
                recipe(
                        () -> List.of(new Dense(4, "gelu"), new Dense(1)),
                        MeanSquaredError::new,
                        RootMeanSquaredError::new),
                REGRESSION,
                8);
        assertNotTaken(
                recipe(
                        () -> List.of(new Dense(4), new Dropout(0.5), new Dense(1)),
                        MeanSquaredError::new,
                        RootMeanSquaredError::new),
                REGRESSION,
                8);
    }

    @Test
    void whatIsTooLargeIsLeftToTheGraph() {
        assertNotTaken(
                recipe(
                        () -> List.of(new Dense(200, "relu"), new Dense(200, "relu"), new Dense(1)),
                        MeanSquaredError::new,
                        RootMeanSquaredError::new),
                REGRESSION,
                8);
    }

    /** It would fit shared memory. */
    @Test
    void whatTakesTooLongIsLeftToTheGraph() {
        assertNotTaken(
                recipe(
                        () -> List.of(new Dense(64, "relu"), new Dense(48, "relu"), new Dense(1)),
                        MeanSquaredError::new,
                        RootMeanSquaredError::new),
                REGRESSION,
                100);
    }

    @Test
    void itCanBeSwitchedOff() {
        System.setProperty(TinySteps.PROPERTY, "off");
        try {
            assertNotTaken(regression(() -> new SGD(1e-2)), REGRESSION, 8);
        } finally {
            System.clearProperty(TinySteps.PROPERTY);
        }
    }

    @Test
    void theKernelNumbersTasksAndRulesTheSameWay() throws IOException {
        String source = Files.readString(Path.of("cuda-kernels", "tiny.cuh"))
                + Files.readString(Path.of("cuda-kernels", "tiny_program.cuh"));
        assertThat(source)
                .contains("enum Kind { " + TinyTable.kinds() + " };")
                .contains("enum Rule { " + TinyTable.rules() + " };")
                .contains("constexpr int WIDTH = " + TinyTask.Program.MOST_COLUMNS / TinyTask.WARP + ";")
                .contains("constexpr int TABLES = " + TinyPlan.MOST_INPUTS + ";");
    }

    @Test
    void stepsInOneLaunchOrInSeveralGiveTheSameBits() {
        TinyTraining.Recipe recipe = regression(() -> new Adam(1e-3));
        try (TinyTraining one = new TinyTraining(recipe, REGRESSION, 20).run(60, 10);
                TinyTraining several = new TinyTraining(recipe, REGRESSION, 20).run(60, 2)) {
            assertThat(several.state()).usingRecursiveComparison().isEqualTo(one.state());
        }
    }
}
