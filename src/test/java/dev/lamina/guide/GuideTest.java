package dev.lamina.guide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.initializers.Initializers;
import dev.lamina.layers.CallContext;
import dev.lamina.layers.DTypePolicy;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerNames;
import dev.lamina.layers.LayerOptions;
import dev.lamina.layers.LayerRegistry;
import dev.lamina.losses.MeanSquaredError;
import dev.lamina.models.CompileOptions;
import dev.lamina.models.FitOptions;
import dev.lamina.models.History;
import dev.lamina.models.Model;
import dev.lamina.optimizers.SGD;
import dev.lamina.regularizers.Regularizers;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The cells of Keras's guide "Making new layers and models via subclassing", in its order. */
final class GuideTest {
    @BeforeEach
    void freshNames() {
        LayerNames.reset();
        SeedGenerator.setGlobalSeed(1);
    }

    /** Weights made in the constructor. */
    private static final class EarlyLinear extends Layer {
        private final Variable w;
        private final Variable b;

        EarlyLinear(int units, int inputDim) {
            w = addWeight("w", Shape.of(inputDim, units), "random_normal");
            b = addWeight("b", Shape.of(units), "zeros");
        }

        @Override
        protected Tensor call(Tensor inputs) {
            return Ops.add(Ops.matmul(inputs, w), b);
        }
    }

    @Test
    void weightsInTheConstructor() {
        try (EarlyLinear layer = new EarlyLinear(4, 2)) {
            Tensor y = layer.apply(Ops.ones(2, 2));

            assertThat(y.shape()).isEqualTo(Shape.of(2, 4));
            float[] values = y.toFloatArray();
            for (int column = 0; column < 4; column++) {
                assertThat(values[column]).isEqualTo(values[4 + column]).isNotZero();
            }
            assertThat(layer.weights()).containsExactly(layer.w, layer.b);
        }
    }

    private static final class ComputeSum extends Layer {
        private final Variable total;

        ComputeSum(int inputDim) {
            super(LayerOptions.named("compute_sum"));
            total = addWeight(dev.lamina.layers.WeightSpec.of("total", Shape.of(inputDim))
                    .initializer("zeros")
                    .trainable(false));
        }

        @Override
        protected Tensor call(Tensor inputs) {
            total.assignAdd(Ops.sum(inputs, 0));
            return total;
        }
    }

    @Test
    void nonTrainableWeights() {
        try (ComputeSum sum = new ComputeSum(2)) {
            Tensor x = Ops.ones(2, 2);

            assertThat(sum.apply(x).toFloatArray()).containsExactly(2, 2);
            assertThat(sum.apply(x).toFloatArray()).containsExactly(4, 4);
            assertThat(sum.weights()).hasSize(1);
            assertThat(sum.nonTrainableWeights()).hasSize(1);
            assertThat(sum.trainableWeights()).isEmpty();
        }
    }

    @Test
    void deferredWeights() {
        try (Linear layer = new Linear(32)) {
            assertThat(layer.weights()).isEmpty();

            layer.buildFor(Shape.of(2, 2));

            assertThat(layer.weights()).extracting(Variable::name).containsExactly("linear/w", "linear/b");
            assertThat(layer.weights()).extracting(Variable::shape).containsExactly(Shape.of(2, 32), Shape.of(32));
        }
    }

    @Test
    void theFirstCallBuilds() {
        try (Linear layer = new Linear(32)) {
            assertThat(layer.apply(Ops.ones(2, 2)).shape()).isEqualTo(Shape.of(2, 32));
            assertThat(layer.weights()).hasSize(2);
        }
    }

    @Test
    void recursiveComposition() {
        try (MLPBlock mlp = new MLPBlock()) {
            Tensor y = mlp.apply(Ops.ones(3, 64));

            assertThat(y.shape()).isEqualTo(Shape.of(3, 1));
            assertThat(mlp.weights()).hasSize(6);
            assertThat(mlp.trainableWeights()).hasSize(6);
            assertThat(mlp.weights().get(0).name()).isEqualTo("mlp_block/linear/w");
            assertThat(mlp.weights().get(5).name()).isEqualTo("mlp_block/linear_2/b");
        }
    }

    @Test
    void tensorsPrintValuesShapeAndType() {
        Tensor x = Ops.tensor(new float[] {1, 2.5f, -3, 0.125f}, 2, 2);

        assertThat(x).hasToString("Tensor [[ 1.     2.5  ]\n [-3.     0.125]] shape=(2, 2), dtype=float32");
    }

    @Test
    void variablesPrintNameValuesShapeAndType() {
        try (Linear layer = new Linear(3)) {
            layer.buildFor(Shape.of(2, 2));

            assertThat(layer.weights().get(1))
                    .hasToString("Variable \"linear/b\" [0. 0. 0.] shape=(3,), dtype=float32");
        }
    }

    @Test
    void longTensorsAreAbbreviated() {
        Tensor x = Ops.range(0, 5000, DType.INT32);

        assertThat(x).hasToString("Tensor [   0    1    2 ... 4997 4998 4999] shape=(5000,), dtype=int32");
    }

    private static final class ActivityRegularization extends Layer {
        @Override
        protected Tensor call(Tensor inputs) {
            addLoss(Ops.multiply(Ops.mean(inputs), 1e-2));
            return inputs;
        }
    }

    private static final class OuterLayer extends Layer {
        private final ActivityRegularization inner = new ActivityRegularization();

        @Override
        protected Tensor call(Tensor inputs) {
            return inner.apply(inputs);
        }
    }

    @Test
    void lossesOfTheLastCall() {
        try (OuterLayer layer = new OuterLayer()) {
            assertThat(layer.losses()).isEmpty();
            layer.buildFor(Shape.of(1, 1));
            assertThat(layer.losses()).isEmpty();

            layer.apply(Ops.zeros(1, 1));
            assertThat(layer.losses()).hasSize(1);

            layer.apply(Ops.ones(1, 1));
            assertThat(layer.losses()).hasSize(1);
            assertThat(layer.losses().get(0).item()).isEqualTo(1e-2, org.assertj.core.data.Offset.offset(1e-9));
        }
    }

    private static final class OuterWithRegularizer extends Layer {
        private final Dense dense = Dense.of(32)
                .kernelRegularizer(Regularizers.l2(1e-3))
                .kernelInitializer(Initializers.ones())
                .build();

        @Override
        protected Tensor call(Tensor inputs) {
            return dense.apply(inputs);
        }
    }

    @Test
    void regularizersAppearInLosses() {
        try (OuterWithRegularizer layer = new OuterWithRegularizer()) {
            layer.apply(Ops.zeros(1, 1));

            assertThat(layer.losses()).hasSize(1);
            assertThat(layer.losses().get(0).item()).isEqualTo(1e-3 * 32, org.assertj.core.data.Offset.offset(1e-7));
        }
    }

    /** A model around any layer. */
    private static final class Wrapped extends Model {
        private final Layer layer;

        Wrapped(Layer layer) {
            this.layer = layer;
        }

        @Override
        protected Tensor call(Tensor input) {
            return layer.apply(input);
        }
    }

    private static final FitOptions QUIET = FitOptions.epochs(1).verbose(false);

    @Test
    void fitAddsTheLossesOfLayers() {
        HostArray x = HostArray.of(new float[] {2, 2, 2, 2}, 4, 1);
        HostArray y = HostArray.of(new float[] {2, 2, 2, 2}, 4, 1);
        try (Wrapped model = new Wrapped(new ActivityRegularization())) {
            model.compile(new SGD(0.1), new MeanSquaredError());

            History history = model.fit(x, y, QUIET);

            // The model is the identity, so that only the added loss is left: 0.01 * mean(x).
            assertThat(history.get("loss").get(0)).isEqualTo(0.02, org.assertj.core.data.Offset.offset(1e-8));
        }
    }

    @Test
    void fitAddsThePenaltiesOfWeights() {
        HostArray x = HostArray.of(new float[] {1, 1, 1, 1}, 4, 1);
        HostArray y = HostArray.zeros(Shape.of(4, 32), DType.FLOAT32).fill(i -> 1);
        try (Wrapped model = new Wrapped(new OuterWithRegularizer())) {
            model.compile(new SGD(0), new MeanSquaredError());

            History history = model.fit(x, y, QUIET);

            // A kernel of ones reproduces y, so that only the penalty is left: 1e-3 for each of 32 weights.
            assertThat(history.get("loss").get(0)).isEqualTo(1e-3 * 32, org.assertj.core.data.Offset.offset(1e-7));
        }
    }

    @Test
    void compileWithoutALossWorksWhenALayerAddsOne() {
        HostArray x = HostArray.of(new float[] {2, 4}, 2, 1);
        try (Wrapped model = new Wrapped(new ActivityRegularization())) {
            model.compile(CompileOptions.with(new SGD(0.1)));

            History history = model.fit(List.of(x), List.of(), QUIET);

            assertThat(history.get("loss").get(0)).isEqualTo(0.03, org.assertj.core.data.Offset.offset(1e-8));
        }
    }

    @Test
    void configRebuildsTheLayer() {
        try (Dense layer =
                Dense.of(64).activation("relu").name("hidden").dtype("float64").build()) {
            Map<String, Object> serialized = LayerRegistry.serialize(layer);
            try (Layer rebuilt = LayerRegistry.deserialize(serialized)) {
                assertThat(rebuilt.config()).isEqualTo(layer.config());
                assertThat(rebuilt.name()).isEqualTo("hidden");
                assertThat(rebuilt.computeDType()).isEqualTo(DType.FLOAT64);
                assertThat(rebuilt.config()).containsEntry("units", 64);
            }
        }
    }

    @Test
    void aUserLayerAddsItsArgumentsToTheConfig() {
        try (Linear layer = new Linear(64)) {
            assertThat(layer.config())
                    .containsEntry("name", "linear")
                    .containsEntry("trainable", true)
                    .containsEntry("units", 64);
            assertThat(layer.config().get("dtype").toString())
                    .isEqualTo("{module=keras, class_name=DTypePolicy, config={name=float32}, registered_name=null}");
        }
    }

    @Test
    void configRebuildsTheUsersLayer() {
        LayerRegistry.register("Linear", Linear.class, Linear::fromConfig);
        LayerOptions options = LayerOptions.named("mine").withDType(DTypePolicy.FLOAT64);
        try (Linear layer = new Linear(64, options);
                Layer rebuilt = LayerRegistry.deserialize(LayerRegistry.serialize(layer))) {
            assertThat(rebuilt).isInstanceOf(Linear.class);
            assertThat(rebuilt.config()).isEqualTo(layer.config()).containsEntry("units", 64);
            assertThat(rebuilt.name()).isEqualTo("mine");
            assertThat(rebuilt.computeDType()).isEqualTo(DType.FLOAT64);
            assertThat(rebuilt.apply(Ops.ones(2, 3)).dtype()).isEqualTo(DType.FLOAT64);
        }
    }

    private static final class CustomDropout extends Layer {
        private final double rate;
        private final SeedGenerator seeds = new SeedGenerator(1337);

        CustomDropout(double rate) {
            this.rate = rate;
        }

        @Override
        protected Tensor call(Tensor inputs, CallContext context) {
            if (!context.training()) {
                return inputs;
            }
            Tensor kept =
                    Ops.greaterEqual(seeds.uniform(inputs.shape(), inputs.dtype()), Ops.constant(rate, inputs.dtype()));
            return Ops.where(kept, Ops.divide(inputs, 1 - rate), Ops.constant(0, inputs.dtype()));
        }
    }

    @Test
    void trainingArgument() {
        try (CustomDropout layer = new CustomDropout(0.5)) {
            Tensor x = Ops.ones(10, 10);

            assertThat(layer.apply(x).toFloatArray()).containsOnly(1);
            assertThat(layer.apply(x, false).toFloatArray()).containsOnly(1);
            assertThat(layer.apply(x, true).toFloatArray()).contains(0, 2).containsOnly(0, 2);
        }
    }

    @Test
    void fitAndEvaluateSetTraining() {
        HostArray x = HostArray.zeros(Shape.of(64, 16), DType.FLOAT32).fill(i -> 1);
        try (Wrapped model = new Wrapped(new CustomDropout(0.5))) {
            model.compile(new SGD(0.1), new MeanSquaredError());

            double training = model.fit(x, x, QUIET).get("loss").get(0);
            double inference = model.evaluate(x, x).get("loss");

            // Elements are 0 or 2 in training, each off by 1; untouched in inference.
            assertThat(training).isEqualTo(1);
            assertThat(inference).isZero();
        }
    }

    @Test
    void aModelHasLayersAndTrains() {
        HostArray x = HostArray.zeros(Shape.of(32, 8), DType.FLOAT32).fill(i -> Math.sin(i));
        HostArray y = HostArray.zeros(Shape.of(32, 1), DType.FLOAT32).fill(i -> Math.cos(i));
        try (Wrapped model = new Wrapped(new MLPBlock())) {
            model.compile("adam", "mse");

            List<Double> loss =
                    model.fit(x, y, FitOptions.epochs(200).verbose(false)).get("loss");

            assertThat(model.layers()).extracting(Layer::name).containsExactly("mlp_block");
            assertThat(loss.getLast()).isLessThan(0.9 * loss.getFirst());
            assertThat(model.predict(x).shape()).isEqualTo(Shape.of(32, 1));
        }
    }
}
