package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.backend.cuda.WithoutCublasLt;
import dev.lamina.layers.BatchNormalization;
import dev.lamina.layers.Conv2D;
import dev.lamina.layers.DTypePolicy;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Flatten;
import dev.lamina.layers.Input;
import dev.lamina.layers.LayerNames;
import dev.lamina.layers.Reshape;
import dev.lamina.losses.SparseCategoricalCrossentropy;
import dev.lamina.optimizers.Adam;
import dev.lamina.optimizers.LossScaleOptimizer;
import dev.lamina.optimizers.SGD;
import dev.lamina.regularizers.L2;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Models under a global mixed policy: 16-bit steps over weights, losses and metrics in float32. cublasLt rounds a
 * layer's output once, eager ops three times.
 */
@ExtendWith(WithoutCublasLt.class)
final class MixedPrecisionTest {
    private static final int SAMPLES = 40;

    private final HostArray x = TestModels.images(SAMPLES, 1);
    private final HostArray y = TestModels.labels(SAMPLES, 2);

    @AfterEach
    void restore() {
        DTypePolicy.setGlobal(DTypePolicy.FLOAT32);
    }

    private static Model network() {
        return Sequential.of(
                new Reshape(8, 8, 1),
                new Conv2D(4, 3),
                new BatchNormalization(),
                new Flatten(),
                Dense.of(6).activation("relu").activityRegularizer(new L2(1e-3)).build(),
                Dense.of(TestModels.CLASSES)
                        .activation("softmax")
                        .kernelRegularizer(new L2(1e-3))
                        .build());
    }

    @ParameterizedTest
    @ValueSource(strings = {"mixed_bfloat16", "mixed_float16"})
    void trainsWithWeightsAndStateInFloat32(String policy) {
        DTypePolicy.setGlobal(policy);
        SeedGenerator.setGlobalSeed(5);
        try (Model model = network();
                Adam adam = new Adam(0.01)) {
            model.compile(CompileOptions.with(adam)
                    .loss(new SparseCategoricalCrossentropy())
                    .metric("accuracy"));
            FitOptions options = FitOptions.epochs(12).batchSize(10).verbose(false);
            List<Double> losses = model.fit(x, y, options).get("loss");
            assertThat(losses.getLast()).isLessThan(losses.getFirst() / 2);
            assertThat(model.variables())
                    .filteredOn(variable -> variable.dtype().isFloating())
                    .allSatisfy(variable -> assertThat(variable.dtype()).isEqualTo(DType.FLOAT32));
            assertThat(adam.variables())
                    .filteredOn(variable -> variable.dtype().isFloating())
                    .allSatisfy(variable -> assertThat(variable.dtype()).isEqualTo(DType.FLOAT32));
            // The masters hold more than 16 bits do.
            Variable kernel = model.trainableWeights().getFirst();
            HostArray values = kernel.toHost();
            DType half = DTypePolicy.of(policy).compute();
            assertThat(values.cast(half).toDoubleArray()).isNotEqualTo(values.toDoubleArray());
            assertThat(model.predict(x).dtype()).isEqualTo(half);
            assertThat(model.evaluate(x, y, 10).get("accuracy")).isGreaterThan(0.8);
        }
    }

    /** Every test model, custom layers among them, gives the same bits op by op and compiled. */
    @TestFactory
    Stream<DynamicTest> tracedEqualsEager() {
        return TestModels.all().entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> {
                    List<double[]> eager = train(entry.getValue(), true);
                    List<double[]> traced = train(entry.getValue(), false);
                    for (int i = 0; i < eager.size(); i++) {
                        assertThat(traced.get(i)).as("variable %d", i).isEqualTo(eager.get(i));
                    }
                }));
    }

    private List<double[]> train(Supplier<Model> factory, boolean eagerly) {
        DTypePolicy.setGlobal("mixed_bfloat16");
        SeedGenerator.setGlobalSeed(42);
        LayerNames.reset();
        try (Model model = factory.get();
                Adam adam = new Adam(0.01)) {
            model.compile(CompileOptions.with(adam)
                    .loss(new SparseCategoricalCrossentropy())
                    .runEagerly(eagerly));
            FitOptions options = FitOptions.epochs(2).batchSize(16).verbose(false);
            List<double[]> state = new ArrayList<>();
            double[] losses = model.fit(x, y, options).get("loss").stream()
                    .mapToDouble(Double::doubleValue)
                    .toArray();
            assertThat(losses).doesNotContain(Double.NaN);
            state.add(losses);
            Stream.concat(model.variables().stream(), adam.variables().stream())
                    .forEach(variable -> state.add(variable.toHost().toDoubleArray()));
            return state;
        }
    }

    @Test
    void aLastLayerInFloat32GivesFloat32() {
        DTypePolicy.setGlobal("mixed_bfloat16");
        try (Model model = Sequential.of(
                new Flatten(),
                new Dense(6, "relu"),
                Dense.of(TestModels.CLASSES)
                        .activation("softmax")
                        .dtype("float32")
                        .build())) {
            HostArray predicted = model.predict(x);
            assertThat(predicted.dtype()).isEqualTo(DType.FLOAT32);
            double[] rounded = predicted.cast(DType.BFLOAT16).toDoubleArray();
            assertThat(predicted.toDoubleArray()).isNotEqualTo(rounded);
            try (Predictor predictor = model.predictor(Shape.of(1, 8, 8))) {
                float[] out = new float[TestModels.CLASSES];
                predictor.predict(Arrays.copyOf(x.toFloatArray(), 64), out);
                assertThat(out[0]).isEqualTo((float) predicted.getDouble(0));
            }
        }
    }

    @Test
    void filesKeepThePolicyAndTheFloat32Weights(@TempDir Path folder) {
        DTypePolicy.setGlobal("mixed_bfloat16");
        Path file = folder.resolve("model.keras");
        try (Model model = network()) {
            model.compile("sgd", "sparse_categorical_crossentropy");
            model.fit(x, y, FitOptions.epochs(1).batchSize(20).verbose(false));
            model.save(file);
            DTypePolicy.setGlobal("float32");
            try (Model loaded = Model.load(file)) {
                assertThat(loaded.dtypePolicy().name()).isEqualTo("mixed_bfloat16");
                assertThat(loaded.layers())
                        .allSatisfy(
                                layer -> assertThat(layer.dtypePolicy().name()).isEqualTo("mixed_bfloat16"));
                for (int i = 0; i < model.weights().size(); i++) {
                    assertThat(loaded.weights().get(i).toHost().toFloatArray())
                            .isEqualTo(model.weights().get(i).toHost().toFloatArray());
                }
                assertThat(loaded.predict(x).toDoubleArray())
                        .isEqualTo(model.predict(x).toDoubleArray());
            }
        }
    }

    /** A mixed_float16 model scales its loss by itself; its file says the optimizer that was given, as Keras's does. */
    @Test
    void float16ModelsScaleTheirLoss(@TempDir Path folder) {
        DTypePolicy.setGlobal("mixed_float16");
        Path file = folder.resolve("model.keras");
        try (Model model = network()) {
            model.compile(CompileOptions.with("adam").loss("sparse_categorical_crossentropy"));
            assertThat(model.optimizer())
                    .isInstanceOfSatisfying(
                            LossScaleOptimizer.class,
                            optimizer -> assertThat(optimizer.inner()).isInstanceOf(Adam.class));
            model.fit(x, y, FitOptions.epochs(2).batchSize(10).verbose(false));
            model.save(file);
            // The first gradients at that scale may be too large for float16; such steps don't count.
            long steps = model.optimizer().iterations();
            assertThat(steps).isBetween(4L, 8L);
            List<double[]> variables = model.optimizer().variables().stream()
                    .map(variable -> variable.toHost().toDoubleArray())
                    .toList();
            assertThat(variables.get(3)).containsExactly(32768 / Math.pow(2, 8 - steps));
            try (Model loaded = Model.load(file)) {
                assertThat(loaded.optimizer().variables())
                        .extracting(variable -> variable.toHost().toDoubleArray())
                        .usingRecursiveComparison()
                        .isEqualTo(variables);
            }
        }
    }

    /** Its layers say the policy, where no global one does. */
    @Test
    void aLoadedModelGoesOnScalingItsLoss(@TempDir Path folder) {
        DTypePolicy.setGlobal("mixed_float16");
        Path file = folder.resolve("model.keras");
        SymbolicTensor input = Input.of(Shape.of(8, 8));
        Tensor hidden = new Dense(6, "relu").apply(new Flatten().apply(input));
        Model graph = Functional.of(input, new Dense(TestModels.CLASSES, "softmax").apply(hidden));
        for (Model model : List.of(graph, network())) {
            DTypePolicy.setGlobal("mixed_float16");
            model.compile(CompileOptions.with("adam").loss("sparse_categorical_crossentropy"));
            model.fit(x, y, FitOptions.epochs(2).batchSize(10).verbose(false));
            model.save(file);
            DTypePolicy.setGlobal(DTypePolicy.FLOAT32);
            try (model;
                    Model loaded = Model.load(file)) {
                assertThat(loaded.optimizer()).isInstanceOf(LossScaleOptimizer.class);
                assertThat(loaded.optimizer().variables())
                        .extracting(variable -> variable.toHost().toDoubleArray())
                        .usingRecursiveComparison()
                        .isEqualTo(model.optimizer().variables().stream()
                                .map(variable -> variable.toHost().toDoubleArray())
                                .toList());
            }
        }
    }

    @Test
    void onlyFloat16ModelsScaleTheirLossAndOnlyIfTheyMay() {
        for (String policy : List.of("float32", "mixed_bfloat16", "float16")) {
            DTypePolicy.setGlobal(policy);
            try (Model model = network()) {
                model.compile(CompileOptions.with("adam").loss("sparse_categorical_crossentropy"));
                assertThat(model.optimizer()).as(policy).isInstanceOf(Adam.class);
            }
        }
        DTypePolicy.setGlobal("mixed_float16");
        CompileOptions options = CompileOptions.with("adam").loss("sparse_categorical_crossentropy");
        try (Model model = network()) {
            model.compile(options.autoScaleLoss(false));
            assertThat(model.optimizer()).isInstanceOf(Adam.class);
            LossScaleOptimizer own = new LossScaleOptimizer(new SGD(0.1), 4, 5);
            model.compile(CompileOptions.with(own).loss("sparse_categorical_crossentropy"));
            assertThat(model.optimizer()).isSameAs(own);
        }
    }
}
