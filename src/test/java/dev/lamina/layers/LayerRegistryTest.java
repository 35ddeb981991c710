package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.ModelFormatException;
import dev.lamina.models.Sequential;
import dev.lamina.tensor.Shape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The registry writes and reads the form of Keras's serialize_keras_object. */
final class LayerRegistryTest {
    /** A layer that Keras doesn't have. */
    static final class Doubling extends Layer {
        Doubling(LayerOptions options) {
            super(options);
        }
    }

    private static Map<String, Object> form(String className, Map<String, Object> config) {
        return Map.of("class_name", className, "config", config);
    }

    @Test
    void writesWhatKerasWrites() {
        try (Layer layer = new Flatten()) {
            layer.buildFor(Shape.of(Shape.UNKNOWN, 2, 3));
            Map<String, Object> form = LayerRegistry.serialize(layer);
            assertThat(form.keySet())
                    .containsExactly("module", "class_name", "config", "registered_name", "build_config");
            assertThat(form)
                    .containsEntry("module", "keras.layers")
                    .containsEntry("class_name", "Flatten")
                    .containsEntry("registered_name", null)
                    .containsEntry("build_config", Map.of("input_shape", Arrays.asList(null, 2, 3)));
            assertThat(layer.config()).containsEntry("trainable", true).containsEntry("dtype", policy("float32"));
        }
    }

    private static Map<String, Object> policy(String name) {
        Map<String, Object> policy = new HashMap<>();
        policy.put("module", "keras");
        policy.put("class_name", "DTypePolicy");
        policy.put("config", Map.of("name", name));
        policy.put("registered_name", null);
        return policy;
    }

    @Test
    void aLayerOfOnesOwnGoesByItsRegisteredName() {
        LayerRegistry.register(
                "test_layers>Doubling", Doubling.class, config -> new Doubling(LayerOptions.fromConfig(config)));
        Map<String, Object> form = LayerRegistry.serialize(new Doubling(LayerOptions.named("d")));
        assertThat(form)
                .containsEntry("module", null)
                .containsEntry("class_name", "Doubling")
                .containsEntry("registered_name", "test_layers>Doubling")
                .doesNotContainKey("build_config");
        assertThat(LayerRegistry.deserialize(form).name()).isEqualTo("d");
        Map<String, Object> foreign = new HashMap<>(form);
        foreign.put("registered_name", "other>Doubling");
        assertThatThrownBy(() -> LayerRegistry.deserialize(foreign))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith("[load] expected a registered layer; received \"other>Doubling\".");
    }

    @Test
    void readsShortForms() {
        Map<String, Object> config = new HashMap<>();
        config.put("name", "act");
        config.put("dtype", policy("mixed_bfloat16"));
        config.put(
                "activation",
                Map.of(
                        "module",
                        "builtins",
                        "class_name",
                        "function",
                        "config",
                        "relu",
                        "registered_name",
                        "function"));
        Layer layer = LayerRegistry.deserialize(form("Activation", config));
        assertThat(layer.dtypePolicy().name()).isEqualTo("mixed_bfloat16");
        assertThat(layer.config()).containsEntry("activation", "relu");
        config.put("dtype", null);
        config.put("activation", null);
        Layer linear = LayerRegistry.deserialize(form("Activation", config));
        assertThat(linear.dtypePolicy()).isEqualTo(DTypePolicy.FLOAT32);
        assertThat(linear.config()).containsEntry("activation", "linear");
    }

    @Test
    void anUnknownNameIsAnsweredWithCloseOnes() {
        assertThatThrownBy(() -> LayerRegistry.deserialize(form("Densee", Map.of())))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith(
                        "[load] expected a registered layer; received \"Densee\". Did you mean Dense? Known: [");
    }

    @ParameterizedTest
    @ValueSource(strings = {"java.lang.Runtime", "dev.lamina.layers.Dense", ""})
    void namesOfClassesAreNothing(String name) {
        assertThatThrownBy(() -> LayerRegistry.deserialize(form(name, Map.of())))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith("[load] expected a registered layer; received \"" + name + "\".");
    }

    @Test
    void anOptionThatNobodyReadIsAnError() {
        Map<String, Object> config = new HashMap<>(new Activation("relu").config());
        config.put("speed", null);
        LayerRegistry.deserialize(form("Activation", config));
        config.put("speed", 3);
        config.put("name", "fast");
        assertThatThrownBy(() -> LayerRegistry.deserialize(form("Activation", config)))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("[load] expected options of Activation that Lamina has; received {speed=3} for \"fast\".");
    }

    @Test
    void wrongValuesAreNamed() {
        assertThatThrownBy(() -> LayerRegistry.deserialize(
                        form("Activation", Map.of("name", "a", "activation", "no_such_function"))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith("[activation] expected ")
                .hasMessageContaining("received \"no_such_function\".")
                .hasMessageEndingWith("while reading the config of Activation \"a\"");
        assertThatThrownBy(() ->
                        LayerRegistry.deserialize(form("Activation", Map.of("name", "a", "dtype", "quantized_int8"))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("expected a dtype policy that Lamina knows.");
        assertThatThrownBy(() -> LayerRegistry.deserialize(form("Activation", Map.of("name", "a/b"))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith("[load] expected a config that Activation \"a/b\" can be made of; it failed: "
                        + "[layer] expected a name without \"/\"");
    }

    @Test
    void aBuiltSequentialBeginsWithItsInput() {
        try (Sequential model = Sequential.of(new Flatten(), new Dense(3))) {
            model.buildFor(Shape.of(Shape.UNKNOWN, 2, 2));
            Map<String, Object> config = model.config();
            assertThat(config).containsEntry("build_input_shape", Arrays.asList(null, 2, 2));
            assertThat((List<?>) config.get("layers")).hasSize(3);
            assertThat(config.get("layers").toString())
                    .startsWith("[{module=keras.layers, class_name=InputLayer, config={batch_shape=[null, 2, 2], "
                            + "dtype=float32, sparse=false, ragged=false, name=input_layer, optional=false}, "
                            + "registered_name=null}, {module=keras.layers, class_name=Flatten,");
            Map<String, Object> form = LayerRegistry.serialize(model);
            assertThat(form).containsEntry("module", "keras");
            try (Layer back = LayerRegistry.deserialize(form)) {
                assertThat(back.isBuilt()).isTrue();
                assertThat(back.countParams()).isEqualTo(15);
                assertThat(back.config()).isEqualTo(config);
            }
        }
    }

    @Test
    void aFactoryThatReadsNothingIsToldWhatReadsTheRest() {
        LayerRegistry.register("Doubling", Doubling.class, config -> new Doubling(LayerOptions.DEFAULT));

        assertThatThrownBy(
                        () -> LayerRegistry.deserialize(LayerRegistry.serialize(new Doubling(LayerOptions.named("d")))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("[load] expected the factory of Doubling to read its whole config; it did not read name, "
                        + "trainable, dtype. LayerOptions.fromConfig(config), passed to super, reads what every layer "
                        + "has.");
    }

    @Test
    void anEntryThatConfigForgotNamesTheClass() {
        LayerRegistry.register("Doubling", Doubling.class, config -> {
            throw new NullPointerException("no units");
        });

        assertThatThrownBy(() -> LayerRegistry.deserialize(form("Doubling", Map.of("name", "d"))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("[load] expected a config that the factory of Doubling can read; received {name=d}: "
                        + "java.lang.NullPointerException: no units. Does its config() write every entry that its "
                        + "factory reads?");
    }
}
