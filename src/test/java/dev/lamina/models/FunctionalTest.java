package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.ShapeException;
import dev.lamina.layers.Add;
import dev.lamina.layers.BatchNormalization;
import dev.lamina.layers.CallContext;
import dev.lamina.layers.Concatenate;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Dropout;
import dev.lamina.layers.Input;
import dev.lamina.layers.InputLayer;
import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerNames;
import dev.lamina.layers.LayerOptions;
import dev.lamina.layers.Multiply;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Models that are graphs of layers. */
final class FunctionalTest {
    @BeforeEach
    void freshNames() {
        LayerNames.reset();
        SeedGenerator.setGlobalSeed(5);
    }

    private static HostArray data(long seed, int... sizes) {
        Random random = new Random(seed);
        return HostArray.zeros(Shape.of(sizes), DType.FLOAT32).fill(i -> random.nextGaussian());
    }

    /** The sum of its inputs. */
    private static final class Sum extends Layer {
        @Override
        protected List<Tensor> call(List<Tensor> inputs, CallContext context) {
            return List.of(inputs.stream().reduce(Ops::add).orElseThrow());
        }
    }

    @Test
    void aChainOfLayers() {
        SymbolicTensor x = Input.of(Shape.of(4));
        Dense first = new Dense(3, "relu");
        Dense second = new Dense(2);
        Tensor y = second.apply(first.apply(x));
        try (Functional model = Functional.of(x, y)) {
            assertThat(x.spec()).isEqualTo(new TensorSpec(Shape.of(Shape.UNKNOWN, 4), DType.FLOAT32));
            assertThat(y.shape()).isEqualTo(Shape.of(Shape.UNKNOWN, 2));
            assertThat(model.isBuilt()).isTrue();
            assertThat(model.layers()).extracting(Layer::name).containsExactly("input_layer", "dense", "dense_1");
            assertThat(model.weights())
                    .extracting(Variable::name)
                    .containsExactly("dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias");

            Tensor data = Ops.tensor(data(1, 6, 4));
            assertThat(model.apply(data).toFloatArray())
                    .isEqualTo(second.apply(first.apply(data)).toFloatArray());
        }
    }

    @Test
    void aSharedLayerHasItsWeightsOnce() {
        SymbolicTensor a = Input.named("a", Shape.of(4));
        SymbolicTensor b = Input.named("b", Shape.of(4));
        Dense shared = new Dense(3);
        Sum sum = new Sum();
        Tensor y = sum.apply(List.of(shared.apply(a), shared.apply(b))).get(0);
        try (Functional model = Functional.of(List.of(a, b), List.of(y))) {
            assertThat(model.layers()).extracting(Layer::name).containsExactly("a", "b", "dense", "sum");
            assertThat(model.weights()).hasSize(2);

            Tensor left = Ops.tensor(data(1, 2, 4));
            Tensor right = Ops.tensor(data(2, 2, 4));
            assertThat(model.apply(List.of(left, right)).get(0).toFloatArray())
                    .isEqualTo(Ops.add(shared.apply(left), shared.apply(right)).toFloatArray());
        }
    }

    @Test
    void inputsAndOutputsByName() {
        SymbolicTensor a = Input.named("a", Shape.of(2));
        SymbolicTensor b = Input.named("b", Shape.of(2));
        Tensor sum = new Sum().apply(List.of(a, b)).get(0);
        Tensor dense = new Dense(3).apply(sum);
        try (Functional model = Functional.of(Map.of("b", b, "a", a), Map.of("z", sum, "d", dense))) {
            assertThat(model.inputNames()).containsExactly("a", "b");
            assertThat(model.outputNames()).containsExactly("d", "z");

            Map<String, Tensor> y = model.apply(Map.of("b", Ops.ones(1, 2), "a", Ops.ones(1, 2)));

            assertThat(y.get("z").toFloatArray()).containsExactly(2, 2);
            assertThat(y.get("d").shape()).isEqualTo(Shape.of(1, 3));
            assertThat(model.predict(Map.of("a", data(1, 5, 2), "b", data(2, 5, 2)))
                            .get("d")
                            .shape())
                    .isEqualTo(Shape.of(5, 3));
        }
    }

    @Test
    void outputsOfAListAreNamedByTheirLayers() {
        SymbolicTensor a = Input.named("a", Shape.of(2));
        try (Functional model = Functional.of(List.of(a), List.of(new Dense(3).apply(a), new Dense(4).apply(a)))) {
            assertThat(model.inputNames()).containsExactly("a");
            assertThat(model.outputNames()).containsExactly("dense", "dense_1");
        }
    }

    @Test
    void aModelIsALayer() {
        SymbolicTensor x = Input.of(Shape.of(4));
        Functional inner = Functional.of(x, new Dense(3, "tanh").apply(x));
        Sequential head = Sequential.of(new Dense(3), new Dense(1));
        SymbolicTensor z = Input.of(Shape.of(4));
        Tensor once = inner.apply(z);
        Tensor twice = inner.apply(Ops.multiply(z, 2));
        Tensor y = head.apply(new Sum().apply(List.of(once, twice)).get(0));
        try (Functional model = Functional.of(z, y)) {
            assertThat(model.weights()).hasSize(6);
            Tensor data = Ops.tensor(data(3, 2, 4));
            Tensor expected = head.apply(Ops.add(inner.apply(data), inner.apply(Ops.multiply(data, 2))));
            assertThat(model.apply(data).toFloatArray()).isEqualTo(expected.toFloatArray());
        }
    }

    @Test
    void aModelMayEndAndBeginInTheMiddleOfAnother() {
        SymbolicTensor x = Input.of(Shape.of(4));
        Tensor hidden = new Dense(3, "relu").apply(x);
        Tensor y = new Dense(2).apply(hidden);
        try (Functional whole = Functional.of(x, y)) {
            Functional front = Functional.of(x, whole.output("dense"));
            Functional back = Functional.of(hidden, y);
            Tensor data = Ops.tensor(data(4, 3, 4));

            assertThat(front.layers()).extracting(Layer::name).containsExactly("input_layer", "dense");
            assertThat(back.layers()).extracting(Layer::name).containsExactly("input_layer_1", "dense_1");
            assertThat(back.apply(front.apply(data)).toFloatArray())
                    .isEqualTo(whole.apply(data).toFloatArray());
        }
    }

    @Test
    void opsBetweenLayers() {
        SymbolicTensor x = Input.of(Shape.of(2, 3));
        Tensor flat = Ops.reshape(x, Shape.UNKNOWN, 6);
        Tensor y = Ops.add(Ops.relu(new Dense(2).apply(flat)), Ops.tensor(new float[] {1, 2}));
        try (Functional model = Functional.of(x, y)) {
            assertThat(model.computeOutputShape(Shape.of(7, 2, 3))).isEqualTo(Shape.of(7, 2));
            assertThat(model.apply(data(5, 7, 2, 3)).shape()).isEqualTo(Shape.of(7, 2));
        }
    }

    @Test
    void inputsOfOtherTypes() {
        SymbolicTensor x = Input.named("x", Shape.of(2), DType.FLOAT64);
        SymbolicTensor n = Input.named("n", Shape.of(2), DType.INT32);
        Dense dense = Dense.of(2).dtype("float64").build();
        Tensor y = Ops.add(dense.apply(x), Ops.cast(n, DType.FLOAT64));
        try (Functional model = Functional.of(List.of(x, n), List.of(y))) {
            List<Tensor> outputs = model.apply(List.of(Ops.ones(3, 2), Ops.ones(3, 2)));

            assertThat(outputs.get(0).dtype()).isEqualTo(DType.FLOAT64);
            assertThat(model.builtFor())
                    .containsExactly(
                            new TensorSpec(Shape.of(Shape.UNKNOWN, 2), DType.FLOAT64),
                            new TensorSpec(Shape.of(Shape.UNKNOWN, 2), DType.INT32));
        }
    }

    @Test
    void aLastAxisOfOneMayBeMissingOrTooMany() {
        SymbolicTensor a = Input.named("a", Shape.of(1));
        SymbolicTensor b = Input.named("b", Shape.of());
        Tensor y = new Dense(2).apply(a);
        try (Functional model = Functional.of(List.of(a, b), List.of(y, Ops.negate(b)))) {
            List<Tensor> outputs = model.apply(List.of(Ops.ones(3), Ops.ones(3, 1)));

            assertThat(outputs).extracting(Tensor::shape).containsExactly(Shape.of(3, 2), Shape.of(3));
        }
    }

    @Test
    void anInputNobodyNeeds() {
        SymbolicTensor a = Input.named("a", Shape.of(1));
        SymbolicTensor b = Input.named("b", Shape.of(1));
        try (Functional model = Functional.of(List.of(b, a), List.of(new Dense(2).apply(a)))) {
            assertThat(model.apply(List.of(Ops.ones(3, 1), Ops.ones(3, 1)))).hasSize(1);
            assertThat(model.layers()).extracting(Layer::name).containsExactly("a", "b", "dense");
        }
    }

    @Test
    void trainingReachesTheLayers() {
        SymbolicTensor x = Input.of(Shape.of(50));
        try (Functional model = Functional.of(x, new Dropout(0.5, 3).apply(x))) {
            assertThat(model.apply(Ops.ones(2, 50)).toFloatArray()).containsOnly(1);
            assertThat(model.apply(Ops.ones(2, 50), true).toFloatArray()).contains(0, 2);
        }
    }

    @Test
    void theOrderOfLayersIsThatOfKeras() {
        // Two branches of different length: by the longest way to the output, then as a search from the output finds
        // them.
        SymbolicTensor x = Input.of(Shape.of(2));
        Tensor shortcut = Dense.of(2).name("short").build().apply(x);
        Tensor longer = Dense.of(2)
                .name("long_2")
                .build()
                .apply(Dense.of(2).name("long_1").build().apply(x));
        Tensor y = new Sum().apply(List.of(shortcut, longer)).get(0);
        try (Functional model = Functional.of(x, y)) {
            assertThat(model.layers())
                    .extracting(Layer::name)
                    .containsExactly("input_layer", "long_1", "short", "long_2", "sum");
        }
    }

    @Test
    void aDeepGraph() {
        SymbolicTensor x = Input.of(Shape.of(2));
        Tensor y = x;
        for (int i = 0; i < 3000; i++) {
            y = Ops.add(y, Ops.relu(y));
        }
        try (Functional model = Functional.of(x, y)) {
            assertThat(model.computeOutputShape(Shape.of(6, 2))).isEqualTo(Shape.of(6, 2));
        }
    }

    @Test
    void eagerTracedAndSymbolicAgree() {
        SymbolicTensor a = Input.named("a", Shape.of(4));
        SymbolicTensor b = Input.named("b", Shape.of(3));
        Tensor joined = Ops.concat(List.of(new BatchNormalization().apply(a), b), 1);
        Tensor y = new Dense(2).apply(joined);
        Tensor z = new Dense(1, "sigmoid").apply(joined);
        try (Functional model = Functional.of(List.of(a, b), List.of(y, z))) {
            for (int batch : List.of(1, 6, 13)) {
                List<HostArray> x = List.of(data(batch, batch, 4), data(batch + 1, batch, 3));
                List<HostArray> traced = model.predict(x, batch);
                List<Tensor> eager = model.apply(x.stream().map(Ops::tensor).toList());
                List<TensorSpec> symbolic =
                        model.computeOutputSpecs(x.stream().map(HostArray::spec).toList());
                for (int i = 0; i < 2; i++) {
                    assertThat(traced.get(i).toFloatArray())
                            .isEqualTo(eager.get(i).toFloatArray());
                    assertThat(symbolic.get(i))
                            .isEqualTo(eager.get(i).spec())
                            .isEqualTo(traced.get(i).spec());
                }
            }
        }
    }

    @Test
    void itTrains() {
        SymbolicTensor x = Input.of(Shape.of(4));
        Tensor hidden = new Dense(8, "tanh").apply(x);
        try (Functional model =
                Functional.of(Ports.of(x), Ports.of(new Dense(1).apply(hidden)), LayerOptions.named("net"))) {
            model.compile("adam", "mse");
            List<Double> loss = model.fit(
                            data(1, 32, 4),
                            data(2, 32, 1),
                            FitOptions.epochs(60).verbose(false))
                    .get("loss");

            assertThat(loss.getLast()).isLessThan(0.9 * loss.getFirst());
            assertThat(model.name()).isEqualTo("net");
        }
    }

    @Test
    void aSequentialThatBeginsWithAnInputLayer() {
        try (Sequential model = Sequential.of(new InputLayer(Shape.of(4)), new Dense(3))) {
            assertThat(model.isBuilt()).isTrue();
            assertThat(model.layers()).hasSize(1);

            model.add(new Dense(2));

            assertThat(model.countParams()).isEqualTo(4 * 3 + 3 + 3 * 2 + 2);
            assertThat(model.config().get("build_input_shape")).isEqualTo(java.util.Arrays.asList(null, 4));
            try (Sequential rebuilt = Sequential.fromConfig(model.config())) {
                assertThat(rebuilt.config()).isEqualTo(model.config());
            }
        }
    }

    @Test
    void severalInputsAndOneOutput() {
        SymbolicTensor a = Input.named("a", Shape.of(2));
        SymbolicTensor b = Input.named("b", Shape.of(3));
        Tensor joined = new Concatenate().apply(a, b);
        try (Functional list = Functional.of(List.of(a, b), joined);
                Functional map = Functional.of(Map.of("a", a, "b", b), joined);
                Functional outputs = Functional.of(a, List.of(new Dense(1).apply(a), new Dense(2).apply(a)))) {
            assertThat(list.apply(Ops.ones(1, 2), Ops.zeros(1, 3)).toFloatArray())
                    .containsExactly(1, 1, 0, 0, 0);
            assertThat(map.inputNames()).containsExactly("a", "b");
            assertThat(outputs.outputs()).hasSize(2);
        }
    }

    @Test
    void severalOutputsAreNotOne() {
        SymbolicTensor a = Input.named("a", Shape.of(2));
        SymbolicTensor b = Input.named("b", Shape.of(2));
        try (Functional model =
                Functional.of(List.of(a, b), List.of(new Add().apply(a, b), new Multiply().apply(a, b)))) {
            assertThatThrownBy(() -> model.apply(Ops.ones(1, 2), Ops.ones(1, 2)))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage("[" + model.name()
                            + "] expected a layer of 1 output; it has 2. Use apply(List), which gives all.");
        }
    }
}
