package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.ShapeException;
import dev.lamina.models.CompileOptions;
import dev.lamina.models.FitOptions;
import dev.lamina.models.Functional;
import dev.lamina.models.Model;
import dev.lamina.models.Sequential;
import dev.lamina.optimizers.Adam;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.saving.Hdf5Access;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** What every layer must do, whoever made it. */
final class LayerContract {
    private static final long SEED = 11;
    private static final int SAMPLES = 8;
    private static final int BATCH = 4;

    private LayerContract() {}

    /** The shape is inferred with and without a known batch size, and a call gives it. */
    static void infersItsShape(LayerCase of) {
        try (Layer layer = of.layer().get()) {
            TensorSpec expected = layer.computeOutputSpecs(of.specs()).get(0);
            assertThat(expected.shape()).isEqualTo(of.output());
            Shape anyBatch = of.output().withSize(0, Shape.UNKNOWN);
            assertThat(layer.computeOutputSpecs(of.anyBatch()).get(0).shape()).isEqualTo(anyBatch);
            assertThat(layer.isBuilt()).isTrue();
            assertThat(call(layer, of, 1).spec()).isEqualTo(expected);
            assertThat(layer.outputShapes()).containsExactly(anyBatch);
        }
        try (Layer layer = of.layer().get()) {
            layer.computeOutputSpecs(of.anyBatch());
            assertThat(call(layer, of, 1).shape())
                    .as("built without a batch size")
                    .isEqualTo(of.output());
        }
    }

    private static Tensor call(Layer layer, LayerCase of, long seed) {
        return layer.apply(of.data(seed).stream().map(Ops::tensor).toList()).get(0);
    }

    /** Its config makes an equal layer. */
    static void comesBackFromItsConfig(LayerCase of) {
        try (Layer layer = of.layer().get()) {
            float[] expected = call(layer, of, 2).toFloatArray();
            try (Layer rebuilt = LayerRegistry.deserialize(LayerRegistry.serialize(layer))) {
                rebuilt.buildFor(of.inputs().toArray(Shape[]::new));
                rebuilt.setWeightValues(layer.weightValues());
                assertThat(rebuilt.config()).isEqualTo(layer.config());
                assertThat(call(rebuilt, of, 2).toFloatArray()).isEqualTo(expected);
            }
        }
    }

    /** The gradients of inputs and weights are those of finite differences, in float64. */
    static void hasTheRightGradient(LayerCase of) {
        SeedGenerator.setGlobalSeed(SEED);
        for (boolean training : new boolean[] {false, true}) {
            if (training && !of.differentiableInTraining()) {
                continue;
            }
            try (Layer prototype = of.layer().get();
                    Feed feed = new Feed(
                            withPolicy(prototype, "float64"),
                            of,
                            LayerOptions.DEFAULT.withDType(DTypePolicy.FLOAT64))) {
                GradientCheck.of(feed)
                        .inputShape(Shape.of(BATCH, feed.width()))
                        .seed(3)
                        .training(training)
                        .run()
                        .check();
            }
        }
    }

    /** With a mixed policy it computes in half precision, keeps its weights in float32, and gives finite numbers. */
    static void computesInHalfPrecision(LayerCase of) {
        SeedGenerator.setGlobalSeed(SEED);
        try (Layer prototype = of.layer().get();
                Layer layer = withPolicy(prototype, "mixed_bfloat16")) {
            for (boolean training : new boolean[] {false, true}) {
                List<Tensor> inputs = of.data(5).stream().map(Ops::tensor).toList();
                Tensor y = layer.apply(inputs, training).get(0);
                assertThat(y.dtype()).isEqualTo(DType.BFLOAT16);
                for (double value : y.toHost().toDoubleArray()) {
                    assertThat(value).isFinite();
                }
            }
            assertThat(layer.trainableWeights())
                    .allSatisfy(weight -> assertThat(weight.dtype()).isEqualTo(DType.FLOAT32));
        }
    }

    /** The same layer, and the layers in its config, with another dtype policy. */
    @SuppressWarnings("unchecked")
    private static Layer withPolicy(Layer layer, String policy) {
        Object form = replaced(LayerRegistry.serialize(layer), policy);
        return LayerRegistry.deserialize((Map<String, Object>) form);
    }

    private static Object replaced(Object value, String policy) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> changed = new LinkedHashMap<>();
            map.forEach((key, item) ->
                    changed.put(String.valueOf(key), "dtype".equals(key) ? policy : replaced(item, policy)));
            return changed;
        }
        return value;
    }

    private record Outcome(List<Double> losses, List<double[]> state) {}

    /** It trains inside of a model, and a traced step gives the bits of an eager one. */
    static void trainsTheSameEagerlyAndTraced(LayerCase of) {
        Outcome eager = train(of, true);
        Outcome traced = train(of, false);
        assertThat(traced.losses())
                .isEqualTo(eager.losses())
                .allSatisfy(loss -> assertThat(loss).isFinite());
        assertThat(traced.state()).hasSameSizeAs(eager.state());
        for (int i = 0; i < eager.state().size(); i++) {
            assertThat(traced.state().get(i))
                    .as("variable %d", i)
                    .isEqualTo(eager.state().get(i));
        }
        assertThat(traced.losses().getLast())
                .as("the loss afterwards")
                .isLessThan(traced.losses().getFirst());
    }

    private static Outcome train(LayerCase of, boolean eagerly) {
        SeedGenerator.setGlobalSeed(SEED);
        Feed feed = new Feed(of.layer().get(), of, LayerOptions.DEFAULT);
        try (Sequential model = Sequential.of(feed, new Dense(1))) {
            model.compile(CompileOptions.with(new Adam(0.005)).loss("mse").runEagerly(eagerly));
            HostArray x = normal(Shape.of(SAMPLES, feed.width()), 3);
            HostArray y = normal(Shape.of(SAMPLES, 1), 4);
            List<Double> losses = new ArrayList<>();
            losses.add(model.evaluate(x, y).get("loss"));
            FitOptions options = FitOptions.epochs(12).batchSize(BATCH).verbose(false);
            losses.addAll(model.fit(x, y, options).values().get("loss"));
            losses.add(model.evaluate(x, y).get("loss"));
            List<double[]> state = new ArrayList<>();
            for (Variable variable : model.variables()) {
                state.add(variable.toHost().toDoubleArray());
            }
            return new Outcome(losses, state);
        }
    }

    /**
     * In a .keras file each weight is there once, with its value; read, each has it again, and the outputs are the
     * same.
     */
    static void comesBackFromAFile(LayerCase of, Path file) throws Exception {
        try (Model model = asModel(of)) {
            List<Variable> weights = model.weights();
            for (int i = 0; i < weights.size(); i++) {
                weights.get(i).assign(marked(weights.get(i).spec(), i));
            }
            List<String> values =
                    model.weightValues().stream().map(LayerContract::text).toList();
            assertThat(values).as("values that differ").doesNotHaveDuplicates();
            List<HostArray> data = of.data(7);
            double[] expected = model.predict(data, BATCH).get(0).toDoubleArray();

            model.save(file);

            try (Hdf5Access stored = Hdf5Access.open(file)) {
                assertThat(stored.arrays().stream().map(path -> text(stored.array(path))))
                        .as("values in the file")
                        .containsExactlyInAnyOrderElementsOf(values);
            }
            try (Model loaded = Model.load(file)) {
                assertThat(loaded.weightValues().stream().map(LayerContract::text))
                        .isEqualTo(values);
                assertThat(loaded.variables()).hasSameSizeAs(model.variables());
                assertThat(loaded.predict(data, BATCH).get(0).toDoubleArray()).isEqualTo(expected);
            }
        }
    }

    private static Model asModel(LayerCase of) {
        List<SymbolicTensor> inputs = new ArrayList<>();
        for (TensorSpec spec : of.specs()) {
            inputs.add(Input.of(spec.shape().drop(0), spec.dtype()));
        }
        return Functional.of(inputs, of.layer().get().apply(List.copyOf(inputs)));
    }

    /** Values that no other weight of the model has. */
    private static HostArray marked(TensorSpec spec, int index) {
        boolean floating = spec.dtype().isFloating();
        return HostArray.zeros(spec.shape(), spec.dtype())
                .fill(i -> floating ? 0.2 + 0.03125 * index + 0.001 * (i % 7) : index + 1);
    }

    private static String text(HostArray values) {
        return values.shape() + " " + Arrays.toString(values.toDoubleArray());
    }

    private static HostArray normal(Shape shape, long seed) {
        Random random = new Random(seed);
        return HostArray.zeros(shape, DType.FLOAT32).fill(i -> random.nextGaussian());
    }

    /** Weights of another number or shape are refused, with both. */
    static void refusesOtherWeights(LayerCase of) {
        try (Layer layer = of.layer().get()) {
            layer.buildFor(of.inputs().toArray(Shape[]::new));
            HostArray odd = HostArray.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
            assertThatThrownBy(() -> layer.setWeightValues(Collections.nCopies(9, odd)))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageContaining("received 9.");
            int count = layer.weights().size();
            if (count > 0) {
                assertThatThrownBy(() -> layer.setWeightValues(Collections.nCopies(count, odd)))
                        .isInstanceOf(ShapeException.class)
                        .hasMessageContaining("received (11,).");
            }
        }
    }

    /**
     * Cuts rows of normal numbers into a layer's inputs, and flattens its output: what makes any layer a part of a
     * Sequential.
     */
    private static final class Feed extends Layer {
        private final Layer layer;
        private final transient LayerCase of;

        Feed(Layer layer, LayerCase of, LayerOptions options) {
            super(options);
            this.layer = layer;
            this.of = of;
        }

        int width() {
            return of.inputs().stream()
                    .mapToInt(shape -> (int) shape.elements(1, shape.rank()))
                    .sum();
        }

        @Override
        protected Tensor call(Tensor rows) {
            List<Tensor> inputs = new ArrayList<>();
            int batch = rows.shape().size(0);
            int from = 0;
            for (Shape shape : of.inputs()) {
                int width = (int) shape.elements(1, shape.rank());
                Tensor part = Ops.slice(rows, new int[] {0, from}, new int[] {batch, width});
                inputs.add(numbers(Ops.reshape(part, shape.withSize(0, batch).sizes())));
                from += width;
            }
            Tensor y = layer.apply(inputs).get(0);
            Tensor floating = y.dtype().isFloating() ? y : Ops.cast(y, computeDType());
            return Ops.reshape(
                    floating, batch, (int) of.output().elements(1, of.output().rank()));
        }

        private Tensor numbers(Tensor x) {
            if (of.indices() == 0) {
                return x;
            }
            Tensor spread = Ops.floor(Ops.multiply(Ops.abs(x), 7));
            Tensor count = Ops.constant(of.indices(), x.dtype());
            return Ops.cast(Ops.stopGradient(Ops.mod(spread, count)), DType.INT32);
        }
    }
}
