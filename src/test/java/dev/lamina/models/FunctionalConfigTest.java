package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.Gson;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Dropout;
import dev.lamina.layers.Input;
import dev.lamina.layers.InputLayer;
import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerNames;
import dev.lamina.layers.LayerRegistry;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Graphs of layers as data, in Keras's form. */
final class FunctionalConfigTest {
    private static final Gson JSON = new Gson();

    @BeforeEach
    void freshNames() {
        LayerNames.reset();
    }

    private static Object json(String text) {
        return JSON.fromJson(text, Object.class);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> config(String text) {
        return JSON.fromJson(text, Map.class);
    }

    private static String tensor(String layer, int node) {
        return "{'class_name': '__keras_tensor__', 'config': {'shape': [null, 4], 'dtype': 'float32', 'keras_history': ['"
                + layer + "', " + node + ", 0]}}";
    }

    /** What JSON makes of it, and without what is not the graph's. */
    private static Object entry(Map<String, Object> config, int layer, String key) {
        Map<?, ?> read = (Map<?, ?>)
                json(new com.google.gson.GsonBuilder().serializeNulls().create().toJson(config));
        return ((Map<?, ?>) ((List<?>) read.get("layers")).get(layer)).get(key);
    }

    private static HostArray data() {
        return HostArray.zeros(Shape.of(3, 4), DType.FLOAT32).fill(Math::sin);
    }

    private static void comesBack(Functional model) {
        Map<String, Object> config = model.config();
        try (Functional rebuilt = Functional.fromConfig(config)) {
            assertThat(rebuilt.config()).isEqualTo(config);
            rebuilt.setWeightValues(model.weightValues());
            List<Tensor> inputs = new ArrayList<>();
            model.inputs().forEach(input -> inputs.add(Ops.tensor(data())));
            List<Tensor> expected = model.apply(inputs);
            List<Tensor> found = rebuilt.apply(inputs);
            for (int i = 0; i < expected.size(); i++) {
                assertThat(found.get(i).toFloatArray())
                        .isEqualTo(expected.get(i).toFloatArray());
            }
        }
    }

    @Test
    void itIsKerassForm() {
        SymbolicTensor a = Input.named("a", Shape.of(4));
        Dense shared = Dense.of(4).name("shared").build();
        Tensor once = shared.apply(a);
        try (Functional model = Functional.of(List.of(a), List.of(shared.apply(once), once))) {
            Map<String, Object> config = model.config();

            assertThat(config.keySet()).containsExactly("name", "trainable", "layers", "input_layers", "output_layers");
            assertThat(config.get("input_layers")).isEqualTo(List.of(List.of("a", 0, 0)));
            assertThat(config.get("output_layers"))
                    .isEqualTo(List.of(List.of("shared", 1, 0), List.of("shared", 0, 0)));
            assertThat(entry(config, 0, "config"))
                    .isEqualTo(json("{'batch_shape': [null, 4], 'dtype': 'float32', 'sparse': false, 'ragged': false, "
                            + "'name': 'a', 'optional': false}"));
            assertThat(entry(config, 0, "inbound_nodes")).isEqualTo(List.of());
            assertThat(entry(config, 1, "name")).isEqualTo("shared");
            assertThat(entry(config, 1, "class_name")).isEqualTo("Dense");
            assertThat(entry(config, 1, "inbound_nodes"))
                    .isEqualTo(json("[{'args': [" + tensor("a", 0) + "], 'kwargs': {}}, {'args': ["
                            + tensor("shared", 0) + "], 'kwargs': {}}]"));
            comesBack(model);
        }
    }

    @Test
    void oneInputStandsAlone() {
        SymbolicTensor a = Input.named("a", Shape.of(4));
        try (Functional model = Functional.of(a, new Dense(2).apply(a))) {
            assertThat(model.config().get("input_layers")).isEqualTo(List.of("a", 0, 0));
            assertThat(model.config().get("output_layers")).isEqualTo(List.of("dense", 0, 0));
            comesBack(model);
        }
    }

    @Test
    void namedInputsAndOutputs() {
        SymbolicTensor b = Input.named("b", Shape.of(4));
        SymbolicTensor a = Input.named("a", Shape.of(4));
        Tensor left = new Dense(2).apply(a);
        Tensor right = new Dense(3).apply(b);
        try (Functional model = Functional.of(Map.of("b", b, "a", a), Map.of("right", right, "left", left))) {
            assertThat(model.config().get("input_layers"))
                    .isEqualTo(Map.of("a", List.of("a", 0, 0), "b", List.of("b", 0, 0)));
            comesBack(model);
        }
    }

    @Test
    void nestedModels() {
        SymbolicTensor x = Input.of(Shape.of(4));
        Functional inner = Functional.of(x, new Dense(4, "tanh").apply(x));
        SymbolicTensor z = Input.of(Shape.of(4));
        Sequential head = Sequential.of(new Dense(1));
        Tensor y = head.apply(inner.apply(inner.apply(z)));
        try (Functional model = Functional.of(List.of(z), List.of(y, inner.apply(z)))) {
            // Keras counts the calls of nested functional models from 1 here, and from 0 in inbound_nodes.
            assertThat(model.config().get("output_layers"))
                    .isEqualTo(List.of(List.of(head.name(), 0, 0), List.of(inner.name(), 3, 0)));
            comesBack(model);
        }
    }

    @Test
    void aModelThatBeginsInTheMiddle() {
        SymbolicTensor x = Input.of(Shape.of(4));
        Tensor hidden = new Dense(4, "relu").apply(x);
        Tensor y = new Dense(2).apply(hidden);
        try (Functional model = Functional.of(hidden, y)) {
            assertThat(model.config().get("input_layers")).isEqualTo(List.of("input_layer_1", 0, 0));
            comesBack(model);
        }
    }

    @Test
    void optionsOfCalls() {
        SymbolicTensor x = Input.of(Shape.of(4));
        try (Functional model = Functional.of(x, new Dropout(0.5, 2).apply(x, true))) {
            assertThat(entry(model.config(), 1, "inbound_nodes").toString()).contains("kwargs={training=true}");
            try (Functional rebuilt = Functional.fromConfig(model.config())) {
                assertThat(rebuilt.apply(data()).toFloatArray()).contains(0);
            }
        }
    }

    @Test
    void opsOfElementsAreWrittenAsKerasDoes() {
        SymbolicTensor x = Input.named("x", Shape.of(4));
        Tensor dense = new Dense(4).apply(x);
        Tensor y = Ops.add(Ops.add(Ops.relu(dense), 0.5), x);
        try (Functional model = Functional.of(x, y)) {
            assertThat(entry(model.config(), 3, "module")).isEqualTo("keras.src.ops.numpy");
            assertThat(entry(model.config(), 3, "class_name")).isEqualTo("Add");
            assertThat(entry(model.config(), 3, "config")).isEqualTo(Map.of("name", "add"));
            assertThat(entry(model.config(), 3, "inbound_nodes"))
                    .isEqualTo(json("[{'args': [" + tensor("relu", 0) + ", 0.5], 'kwargs': {}}]"));
            assertThat(entry(model.config(), 4, "name")).isEqualTo("add_1");
            assertThat(model.config().get("output_layers")).isEqualTo(List.of("add_1", 0, 0));
            comesBack(model);
            assertThat(model.summary()).contains("│ relu (op)", "│ add_1 (op)", "add[0][0], x[0][0]");
        }
    }

    @Test
    void otherOpsOutsideOfLayersCanNotBeWritten() {
        SymbolicTensor x = Input.of(Shape.of(4));
        try (Functional model = Functional.of(x, Ops.transpose(x))) {
            assertThatThrownBy(model::config)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage(
                            "[transpose] expected an op that files of graphs know, to write the model's config; received"
                                    + " Transpose[axes=[1, 0]] outside of any layer. Call it inside of a layer of your own.");
        }
    }

    @Test
    void aMaskThatOpsMade() {
        // What Keras writes for a layer behind Masking.
        Map<String, Object> config = config("""
                {'name': 'masked', 'trainable': true, 'layers': [
                  {'module': 'keras.layers', 'class_name': 'InputLayer',
                   'config': {'name': 'x', 'batch_shape': [null, 4, 2], 'dtype': 'float32'}, 'name': 'x',
                   'inbound_nodes': []},
                  {'module': 'keras.src.ops.numpy', 'class_name': 'NotEqual', 'config': {'name': 'not_equal'},
                   'name': 'not_equal', 'inbound_nodes': [{'args': [%1$s, 0.0], 'kwargs': {}}]},
                  {'module': 'keras.src.ops.numpy', 'class_name': 'Any',
                   'config': {'name': 'any', 'axis': -1, 'keepdims': false}, 'name': 'any',
                   'inbound_nodes': [{'args': [%2$s], 'kwargs': {}}]},
                  {'module': 'keras.layers', 'class_name': 'Activation',
                   'config': {'name': 'act', 'activation': 'relu'}, 'name': 'act',
                   'inbound_nodes': [{'args': [%1$s], 'kwargs': {'mask': %3$s, 'training': false}}]}],
                 'input_layers': ['x', 0, 0], 'output_layers': ['act', 0, 0]}""".formatted(tensor("x", 0), tensor("not_equal", 0), tensor("any", 0)));
        try (Functional model = Functional.fromConfig(config)) {
            Tensor x = Ops.tensor(new float[] {1, 0, 0, 0, 0, 2, 0, 0}, 1, 4, 2);

            assertThat(model.apply(x).mask().orElseThrow().toDoubleArray()).containsExactly(1, 0, 1, 0);
        }
    }

    @Test
    void opsThatLaminaLacks() {
        Map<String, Object> config = config("""
                {'name': 'odd', 'layers': [
                  {'module': 'keras.layers', 'class_name': 'InputLayer',
                   'config': {'name': 'x', 'batch_shape': [null, 4], 'dtype': 'float32'}, 'name': 'x',
                   'inbound_nodes': []},
                  {'module': 'keras.src.ops.linalg', 'class_name': 'Cholesky', 'config': {'name': 'cholesky'},
                   'name': 'cholesky', 'inbound_nodes': [{'args': [%s], 'kwargs': {}}]}],
                 'input_layers': ['x', 0, 0], 'output_layers': ['cholesky', 0, 0]}""".formatted(tensor("x", 0)));
        assertThatThrownBy(() -> Functional.fromConfig(config))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith(
                        "[cholesky] expected an op that Lamina knows in a graph, one of [Add, Subtract,");
    }

    private static final String LAYERS = """
            {'name': 'old', 'layers': [
              {'class_name': 'Dense', 'config': {'name': 'second', 'units': 2}, 'name': 'second',
               'inbound_nodes': %s},
              {'class_name': 'InputLayer', 'config': {'name': 'in', 'batch_input_shape': [null, 4], 'dtype': 'float32'},
               'name': 'in', 'inbound_nodes': []},
              {'class_name': 'Dense', 'config': {'name': 'first', 'units': 4}, 'name': 'first',
               'inbound_nodes': [[['in', 0, 0, {}]]]}],
             'input_layers': [['in', 0, 0]], 'output_layers': [['second', 0, 0]]}""";

    @Test
    void kerasTwosForm() {
        try (Functional model = Functional.fromConfig(config(LAYERS.formatted("[[['first', 0, 0, {}]]]")))) {
            assertThat(model.layers()).extracting(Layer::name).containsExactly("in", "first", "second");
            assertThat(model.name()).isEqualTo("old");
            comesBack(model);
        }
    }

    @Test
    void graphsThatCanNotBe() {
        assertThatThrownBy(() -> Functional.fromConfig(config(LAYERS.formatted("[[['second', 0, 0, {}]]]"))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage(
                        "[functional] expected a graph of layers without loops and gaps; the inputs of these layers can't"
                                + " be found: [second].");
        assertThatThrownBy(() -> Functional.fromConfig(config(LAYERS.formatted("[[['third', 0, 0, {}]]]"))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage(
                        "[functional] expected the output of one of the layers [second, in, first]; received [third,"
                                + " 0.0, 0.0, {}].");
        assertThatThrownBy(() -> Functional.fromConfig(config(LAYERS.formatted("[[['first', 0, 1, {}]]]"))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("[functional] expected an output that the layer has; received [first, 0.0, 1.0, {}].");
        assertThatThrownBy(() -> Functional.fromConfig(config(LAYERS.formatted("7"))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("[functional] expected a list for \"inbound_nodes\"; received 7.0.");
        assertThatThrownBy(() -> Functional.fromConfig(config(LAYERS.formatted(
                        "[{'args': [" + tensor("first", 0) + "], 'kwargs': {'use_causal_mask': true}}]"))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage(
                        "[functional] expected calls with the options training and mask; received \"use_causal_mask\":"
                                + " true.");
        assertThatThrownBy(() -> Functional.fromConfig(Map.of("name", "empty")))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("input_layers");
    }

    @Test
    void inputsThatLaminaLacks() {
        Map<String, Object> form =
                config("{'class_name': 'InputLayer', 'config': {'name': 'in', 'batch_shape': [null, 4],"
                        + " 'dtype': 'float32', 'sparse': true}}");
        assertThatThrownBy(() -> LayerRegistry.deserialize(form))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("\"sparse\"");
    }

    @Test
    void anInputLayerComesBack() {
        InputLayer layer = new InputLayer("in", Shape.of(2, Shape.UNKNOWN, 3), DType.INT32);

        assertThat(LayerRegistry.deserialize(LayerRegistry.serialize(layer)).config())
                .isEqualTo(layer.config())
                .containsEntry("dtype", "int32");
    }
}
