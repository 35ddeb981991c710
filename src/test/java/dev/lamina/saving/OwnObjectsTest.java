package dev.lamina.saving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.callbacks.ModelCheckpoint;
import dev.lamina.config.Config;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerNames;
import dev.lamina.losses.Huber;
import dev.lamina.losses.Loss;
import dev.lamina.losses.Losses;
import dev.lamina.metrics.Mean;
import dev.lamina.metrics.MeanMetric;
import dev.lamina.metrics.Metrics;
import dev.lamina.models.CompileOptions;
import dev.lamina.models.FitOptions;
import dev.lamina.models.Model;
import dev.lamina.models.Sequential;
import dev.lamina.optimizers.Optimizer;
import dev.lamina.optimizers.OptimizerOptions;
import dev.lamina.optimizers.Optimizers;
import dev.lamina.optimizers.SGD;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Losses, metrics and optimizers of a user's own in files, in the forms that Keras 3.15.1 writes. */
final class OwnObjectsTest {
    private static final HostArray X =
            HostArray.zeros(Shape.of(8, 3), DType.FLOAT32).fill(i -> Math.sin(i));
    private static final HostArray Y =
            HostArray.zeros(Shape.of(8, 1), DType.FLOAT32).fill(i -> Math.cos(i));

    @TempDir
    private Path folder;

    private static class MyLoss extends Loss {
        MyLoss() {
            super("my_loss");
        }

        @Override
        protected Tensor perSample(Tensor target, Tensor prediction) {
            return Ops.mean(Ops.abs(Ops.subtract(target, prediction)), -1);
        }
    }

    private static final class UnregisteredLoss extends MyLoss {}

    private static final class MyMetric extends MeanMetric {
        MyMetric() {
            super("my_metric");
        }

        @Override
        protected Tensor perSample(Tensor target, Tensor prediction) {
            return Ops.mean(Ops.abs(Ops.subtract(target, prediction)), -1);
        }
    }

    private static final class UnregisteredDescent extends Optimizer {
        UnregisteredDescent() {
            super(OptimizerOptions.of("sign_descent", 0.01));
        }

        @Override
        protected Update prepare(Tensor rate) {
            return (weight, gradient) -> weight.assign(Ops.subtract(weight, Ops.multiply(Ops.sign(gradient), rate)));
        }
    }

    @BeforeEach
    void register() {
        LayerNames.reset();
        Losses.register("MyLoss", config -> {
            config.ignore("name", "reduction");
            return new MyLoss();
        });
        Metrics.register("team>MyMetric", config -> {
            config.ignore("name", "dtype");
            return new MyMetric();
        });
    }

    private static Map<String, Object> form(Object module, String className, Object config, Object registered) {
        return Config.entries(
                "module", module, "class_name", className, "config", config, "registered_name", registered);
    }

    @Test
    void aRegisteredLossGoesByItsRegisteredName() {
        assertThat(Losses.serialize(new MyLoss()))
                .isEqualTo(form(
                        Optional.empty(),
                        "MyLoss",
                        Config.entries("name", "my_loss", "reduction", "sum_over_batch_size"),
                        "Custom>MyLoss"));
    }

    @Test
    void aMetricMayBeOfAPackage() {
        try (MyMetric metric = new MyMetric()) {
            assertThat(Metrics.serialize(metric))
                    .isEqualTo(form(
                            Optional.empty(),
                            "MyMetric",
                            Config.entries("name", "my_metric", "dtype", "float32"),
                            "team>MyMetric"));
        }
    }

    @Test
    void anOptimizerGoesByItsClass() {
        try (UnregisteredDescent optimizer = new UnregisteredDescent()) {
            assertThat(Optimizers.serialize(optimizer))
                    .containsEntry("module", null)
                    .containsEntry("class_name", "UnregisteredDescent")
                    .containsEntry("registered_name", "UnregisteredDescent");
        }
    }

    @Test
    void anUnregisteredLossGoesByItsClass() {
        assertThat(Losses.serialize(new UnregisteredLoss()))
                .containsEntry("module", null)
                .containsEntry("registered_name", "UnregisteredLoss");
    }

    @Test
    void kerassOwnKeepTheirModules() {
        try (Mean mean = new Mean("m");
                SGD sgd = new SGD(0.1)) {
            assertThat(Losses.serialize(new Huber()))
                    .containsEntry("module", "keras.losses")
                    .containsEntry("registered_name", null);
            assertThat(Metrics.serialize(mean))
                    .containsEntry("module", "keras.metrics")
                    .containsEntry("registered_name", null);
            assertThat(Optimizers.serialize(sgd))
                    .containsEntry("module", "keras.optimizers")
                    .containsEntry("registered_name", null);
        }
    }

    @Test
    void whatLaminaWroteBeforeIsRead() {
        Map<String, Object> old = form(
                "keras.losses",
                "MyLoss",
                Config.entries("name", "my_loss", "reduction", "sum_over_batch_size"),
                Optional.empty());

        assertThat(Losses.deserialize(old)).isInstanceOf(MyLoss.class);
    }

    private Model trained(CompileOptions options) {
        Sequential model = Sequential.of(new Dense(1));
        model.compile(options);
        model.fit(X, Y, FitOptions.epochs(1).verbose(false));
        return model;
    }

    @Test
    void aModelComesBackWithThem() {
        Path file = folder.resolve("own.keras");
        try (Model model = trained(CompileOptions.with("sgd").loss(new MyLoss()).metric(new MyMetric()))) {
            model.save(file);
            try (Model loaded = Model.load(file)) {
                assertThat(loaded.evaluate(X, Y)).isEqualTo(model.evaluate(X, Y));
            }
        }
    }

    @Test
    void aFactoryThatReadsNothingIsToldWhatReadsTheRest() {
        Losses.register("MyLoss", config -> new MyLoss());

        assertThatThrownBy(() -> Losses.deserialize(Losses.serialize(new MyLoss())))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("[loss] expected the factory of MyLoss to read its whole config; it did not read name, "
                        + "reduction. LossOptions.fromConfig(config), passed to super, reads what every loss has.");
    }

    @Test
    void anEntryThatConfigForgotNamesTheClass() {
        Losses.register("MyLoss", config -> {
            throw new NullPointerException("no power");
        });

        assertThatThrownBy(() -> Losses.deserialize(Losses.serialize(new MyLoss())))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("[loss] expected a valid config of MyLoss; received {name=my_loss, "
                        + "reduction=sum_over_batch_size}: java.lang.NullPointerException: no power. Does its config() "
                        + "write every entry that its factory reads?");
    }

    @Test
    void anUnregisteredLossIsSavedAndToldHowToLoadIt() {
        Path file = folder.resolve("own.keras");
        try (Model model = trained(CompileOptions.with("sgd").loss(new UnregisteredLoss()))) {
            model.save(file);

            assertThatThrownBy(() -> Model.load(file))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageStartingWith("[load] expected a model that was compiled with what Lamina has; [loss] "
                            + "expected a registered loss; received \"UnregisteredLoss\". Known: [")
                    .hasMessageEndingWith("]. Register your own with Losses.register(name, factory). Load it without: "
                            + "Model.load(file, false).");
            try (Model loaded = Model.load(file, false)) {
                assertThat(loaded.predict(X).toFloatArray())
                        .isEqualTo(model.predict(X).toFloatArray());
            }
        }
    }

    private static Tensor bias(Tensor target, Tensor prediction) {
        return Ops.subtract(prediction, target);
    }

    @Test
    void aFunctionGoesByItsName() {
        try (MeanMetric metric = MeanMetric.of("bias", OwnObjectsTest::bias)) {
            Map<String, Object> expected = form("builtins", "function", "bias", "function");
            assertThat(Metrics.serialize(metric)).isEqualTo(expected);
            assertThat(Losses.serialize(Loss.of("bias", OwnObjectsTest::bias))).isEqualTo(expected);
        }
    }

    @Test
    void aModelComesBackWithRegisteredFunctions() {
        Metrics.register("offset", config -> MeanMetric.of("offset", OwnObjectsTest::bias));
        Losses.register("squared", config -> Loss.of("squared", OwnObjectsTest::squared));
        Path file = folder.resolve("own.keras");
        try (MeanMetric offset = MeanMetric.of("offset", OwnObjectsTest::bias);
                Model model = trained(CompileOptions.with("sgd")
                        .loss(Loss.of("squared", OwnObjectsTest::squared))
                        .metric(offset))) {
            model.save(file);
            try (Model loaded = Model.load(file)) {
                assertThat(Metrics.serialize(offset)).containsEntry("config", "Custom>offset");
                assertThat(loaded.evaluate(X, Y)).isEqualTo(model.evaluate(X, Y));
                loaded.save(file);
                assertThat(CompileAccess.read(file)).isPresent();
            }
        }
    }

    private static Tensor squared(Tensor target, Tensor prediction) {
        return Ops.square(Ops.subtract(prediction, target));
    }

    @Test
    void aFunctionIsALoss() {
        try (Scope _ = Scope.open()) {
            Loss loss = Loss.of("squared", OwnObjectsTest::squared);

            assertThat(loss.apply(Ops.zeros(2, 1), Ops.tensor(new float[] {1, 3}, 2, 1))
                            .item())
                    .isEqualTo(5);
        }
    }

    @Test
    void anUnregisteredFunctionIsSavedAndToldHowToLoadIt() {
        Path file = folder.resolve("own.keras");
        try (Model model = trained(
                CompileOptions.with("sgd").loss("mse").metric(MeanMetric.of("unknown_bias", OwnObjectsTest::bias)))) {
            model.save(file);

            assertThatThrownBy(() -> Model.load(file))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageStartingWith("[load] expected a model that was compiled with what Lamina has; [metric] "
                            + "expected a registered metric; received \"unknown_bias\".")
                    .hasMessageEndingWith("]. Register your own with Metrics.register(name, factory). Load it without: "
                            + "Model.load(file, false).");
        }
    }

    private static final class UnregisteredLayer extends Layer {
        @Override
        protected Tensor call(Tensor x) {
            return x;
        }
    }

    @Test
    void aCheckpointRefusesBeforeTraining() {
        try (Model model = Sequential.of(new Dense(1), new UnregisteredLayer())) {
            model.compile("sgd", "mse");
            model.buildFor(X.shape());
            float[] before = model.weightValues().get(0).toFloatArray();
            FitOptions fit = FitOptions.epochs(1)
                    .verbose(false)
                    .callback(ModelCheckpoint.to(folder.resolve("own.keras").toString())
                            .build());

            assertThatThrownBy(() -> model.fit(X, Y, fit))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("[unregistered_layer] expected a registered layer, to write its config; received the "
                            + "class " + UnregisteredLayer.class.getName()
                            + ". Call LayerRegistry.register(name, type, factory) first.");
            assertThat(model.weightValues().get(0).toFloatArray()).isEqualTo(before);
        }
    }

    @Test
    void aCheckpointOfWeightsNeedsNoConfig() {
        Path file = folder.resolve("own.weights.h5");
        try (Model model = Sequential.of(new Dense(1), new UnregisteredLayer())) {
            model.compile("sgd", "mse");
            model.fit(
                    X,
                    Y,
                    FitOptions.epochs(1)
                            .verbose(false)
                            .callback(ModelCheckpoint.to(file.toString())
                                    .saveWeightsOnly(true)
                                    .build()));

            assertThat(file).exists();
        }
    }
}
