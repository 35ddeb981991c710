package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.initializers.Initializers;
import dev.lamina.models.CompileOptions;
import dev.lamina.models.FitOptions;
import dev.lamina.models.Sequential;
import dev.lamina.regularizers.Regularizers;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What every built-in layer must do: infer its shape, come back from its config, and train inside a model. */
final class LayerContractTest {
    private static List<LayerCase> cases() {
        return Stream.of(basic(), ImageLayerCases.all()).flatMap(List::stream).toList();
    }

    private static List<LayerCase> basic() {
        return List.of(
                new LayerCase("dense", () -> new Dense(5, "relu"), Shape.of(4, 3), Shape.of(4, 5)),
                new LayerCase(
                        "dense, all options",
                        () -> Dense.of(2)
                                .activation("tanh")
                                .useBias(false)
                                .kernelInitializer(Initializers.heNormal())
                                .kernelRegularizer(Regularizers.l1(0.1))
                                .name("d")
                                .build(),
                        Shape.of(4, 6, 3),
                        Shape.of(4, 6, 2)),
                new LayerCase("flatten", Flatten::new, Shape.of(4, 2, 3, 2), Shape.of(4, 12)),
                new LayerCase("flatten of scalars", Flatten::new, Shape.of(4), Shape.of(4, 1)),
                new LayerCase("reshape", () -> new Reshape(3, -1), Shape.of(4, 6, 2), Shape.of(4, 3, 4)),
                new LayerCase("activation", () -> new Activation("softplus"), Shape.of(4, 3), Shape.of(4, 3)),
                new LayerCase("dropout", () -> new Dropout(0.3, 5), Shape.of(4, 3), Shape.of(4, 3)),
                new LayerCase("batch norm", BatchNormalization::new, Shape.of(4, 3), Shape.of(4, 3)),
                new LayerCase(
                        "batch norm of channels first",
                        () -> BatchNormalization.of().axis(1).scale(false).build(),
                        Shape.of(4, 3, 5, 2),
                        Shape.of(4, 3, 5, 2)));
    }

    private static HostArray data(Shape shape, long seed) {
        Random random = new Random(seed);
        return HostArray.zeros(shape, DType.FLOAT32).fill(i -> random.nextGaussian());
    }

    @TestFactory
    Stream<DynamicTest> infersTheOutputShape() {
        return cases().stream()
                .map(c -> DynamicTest.dynamicTest(c.name(), () -> {
                    try (Layer layer = c.layer().get()) {
                        assertThat(layer.computeOutputShape(c.input())).isEqualTo(c.output());
                        assertThat(layer.computeOutputShape(c.input().withSize(0, Shape.UNKNOWN)))
                                .isEqualTo(c.output().withSize(0, Shape.UNKNOWN));
                        Tensor y = layer.apply(data(c.input(), 1));
                        assertThat(y.spec()).isEqualTo(new TensorSpec(c.output(), DType.FLOAT32));
                        assertThat(layer.outputShapes())
                                .containsExactly(c.output().withSize(0, Shape.UNKNOWN));
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> comesBackFromItsConfig() {
        return cases().stream()
                .map(c -> DynamicTest.dynamicTest(c.name(), () -> {
                    HostArray x = data(c.input(), 2);
                    try (Layer layer = c.layer().get()) {
                        float[] expected = layer.apply(x).toFloatArray();
                        try (Layer rebuilt = LayerRegistry.deserialize(LayerRegistry.serialize(layer))) {
                            rebuilt.buildFor(c.input());
                            rebuilt.setWeightValues(layer.weightValues());

                            assertThat(rebuilt.config()).isEqualTo(layer.config());
                            assertThat(rebuilt.apply(x).toFloatArray()).isEqualTo(expected);
                        }
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> trainsInAModel() {
        return cases().stream()
                .filter(c -> c.input().rank() > 1)
                .map(c -> DynamicTest.dynamicTest(c.name(), () -> {
                    SeedGenerator.setGlobalSeed(11);
                    HostArray x = data(c.input(), 3);
                    HostArray y = data(Shape.of(4, 1), 4);
                    try (Sequential model = Sequential.of(c.layer().get(), new Flatten(), new Dense(1))) {
                        model.compile("adam", "mse");
                        double before = model.evaluate(x, y).get("loss");
                        model.fit(x, y, FitOptions.epochs(100).batchSize(4).verbose(false));
                        assertThat(model.evaluate(x, y).get("loss")).isLessThan(before);
                    }
                }));
    }

    private static List<Double> losses(LayerCase one, boolean eagerly) {
        SeedGenerator.setGlobalSeed(12);
        LayerNames.reset();
        try (Sequential model = Sequential.of(one.layer().get(), new Flatten(), new Dense(1))) {
            model.compile(CompileOptions.with("adam").loss("mse").runEagerly(eagerly));
            FitOptions options = FitOptions.epochs(3).batchSize(3).verbose(false);
            return model.fit(data(one.input(), 3), data(Shape.of(4, 1), 4), options)
                    .get("loss");
        }
    }

    @TestFactory
    Stream<DynamicTest> trainsAlikeTracedAndEagerly() {
        return cases().stream()
                .filter(c -> c.input().rank() > 1)
                .map(c -> DynamicTest.dynamicTest(
                        c.name(),
                        () -> assertThat(losses(c, false))
                                .isEqualTo(losses(c, true))
                                .doesNotContain(Double.NaN)));
    }

    @TestFactory
    Stream<DynamicTest> hasTheGradientsThatDifferencesGive() {
        return cases().stream()
                .map(c -> DynamicTest.dynamicTest(c.name(), () -> {
                    Map<String, Object> config = new LinkedHashMap<>();
                    String name;
                    try (Layer layer = c.layer().get()) {
                        name = (String) LayerRegistry.serialize(layer).get("class_name");
                        config.putAll(layer.config());
                    }
                    config.put("dtype", "float64");
                    try (Layer layer = LayerRegistry.deserialize(Map.of("class_name", name, "config", config))) {
                        GradientCheck.of(layer)
                                .inputShape(c.input())
                                .seed(5)
                                .training(true)
                                .run()
                                .check();
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> refusesWeightsOfAnotherShape() {
        return cases().stream()
                .map(c -> DynamicTest.dynamicTest(c.name(), () -> {
                    try (Layer layer = c.layer().get()) {
                        layer.buildFor(c.input());
                        HostArray odd = HostArray.of(new float[] {1, 2, 3, 4, 5, 6, 7});
                        assertThatThrownBy(() -> layer.setWeightValues(java.util.Collections.nCopies(9, odd)))
                                .isInstanceOf(dev.lamina.errors.ShapeException.class)
                                .hasMessageContaining("received 9.");
                        int count = layer.weights().size();
                        if (count > 0) {
                            assertThatThrownBy(() -> layer.setWeightValues(java.util.Collections.nCopies(count, odd)))
                                    .isInstanceOf(dev.lamina.errors.ShapeException.class)
                                    .hasMessageContaining("received (7,).");
                        }
                    }
                }));
    }
}
