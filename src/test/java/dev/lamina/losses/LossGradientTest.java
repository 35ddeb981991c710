package dev.lamina.losses;

import dev.lamina.layers.DTypePolicy;
import dev.lamina.layers.GradientCheck;
import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerOptions;
import dev.lamina.runtime.NN;
import dev.lamina.runtime.Numerics;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The gradient of every loss, in float64 along a random direction, against differences. */
final class LossGradientTest {
    private static final long SEED = 20;
    private static final UnaryOperator<Tensor> AS_IS = x -> x;

    /** A loss of fixed targets, of predictions made from a free variable. */
    private static final class LossLayer extends Layer {
        private final Loss loss;
        private final HostArray target;
        private final UnaryOperator<Tensor> prediction;

        LossLayer(Loss loss, HostArray target, UnaryOperator<Tensor> prediction) {
            super(LayerOptions.named(loss.name()).withDType(DTypePolicy.FLOAT64));
            this.loss = loss;
            this.target = target;
            this.prediction = prediction;
        }

        @Override
        protected Tensor call(Tensor x) {
            return loss.apply(Ops.tensor(target), prediction.apply(x));
        }
    }

    private static DynamicTest check(
            String name, Loss loss, HostArray target, Shape shape, UnaryOperator<Tensor> prediction) {
        return DynamicTest.dynamicTest(name, () -> {
            try (LossLayer layer = new LossLayer(loss, target, prediction)) {
                GradientCheck.of(layer)
                        .inputShape(shape)
                        .seed(SEED)
                        .tolerance(1e-6)
                        .run()
                        .check();
            }
        });
    }

    private static DynamicTest check(String name, Loss loss, HostArray target, UnaryOperator<Tensor> prediction) {
        return check(name, loss, target, target.shape(), prediction);
    }

    private static HostArray draw(double low, double high, int... sizes) {
        SplittableRandom random = new SplittableRandom(SEED);
        return HostArray.zeros(Shape.of(sizes), DType.FLOAT64).fill(i -> random.nextDouble(low, high));
    }

    private static HostArray oneHot(int rows, int classes) {
        return HostArray.zeros(Shape.of(rows, classes), DType.FLOAT64)
                .fill(i -> i % classes == (i / classes) % classes ? 1 : 0);
    }

    private static HostArray labels(int[] values, int... sizes) {
        return HostArray.of(values, sizes);
    }

    private static Tensor positive(Tensor x) {
        return Ops.add(NN.softplus(x), 0.1);
    }

    @TestFactory
    List<DynamicTest> regression() {
        HostArray target = draw(0.5, 2, 4, 3);
        return List.of(
                check("mse", new MeanSquaredError(), target, AS_IS),
                check("mae", new MeanAbsoluteError(), target, AS_IS),
                check("mape", new MeanAbsolutePercentageError(), target, AS_IS),
                check("msle", new MeanSquaredLogarithmicError(), target, LossGradientTest::positive),
                check("log_cosh", new LogCosh(), target, AS_IS),
                check("huber", Huber.of().delta(0.7).build(), target, AS_IS),
                check("cosine_similarity", new CosineSimilarity(), target, AS_IS),
                check("cosine_similarity, axis 0", CosineSimilarity.of().axis(0).build(), target, AS_IS),
                check("poisson", new Poisson(), target, LossGradientTest::positive),
                check("kl_divergence", new KLDivergence(), draw(0.1, 0.9, 4, 3), NN::softmax),
                check("mse, one value", new MeanSquaredError(), draw(0, 1, 1, 1), AS_IS));
    }

    @TestFactory
    List<DynamicTest> hingeAndOverlap() {
        HostArray target = oneHot(5, 3);
        return List.of(
                check("hinge", new Hinge(), target, AS_IS),
                check("squared_hinge", new SquaredHinge(), target, AS_IS),
                check("categorical_hinge", new CategoricalHinge(), target, AS_IS),
                check("dice", new Dice(), target, NN::sigmoid),
                check("tversky", Tversky.of().alpha(0.3).beta(0.6).axis(1).build(), target, NN::sigmoid),
                check(
                        "circle",
                        Circle.of().gamma(8).build(),
                        labels(new int[] {0, 1, 0, 1, 2, 2}, 6),
                        Shape.of(6, 4),
                        x -> Numerics.normalize(x, -1)));
    }

    @TestFactory
    List<DynamicTest> binaryCrossentropies() {
        HostArray target = draw(0, 1, 4, 3);
        return List.of(
                check("probabilities", new BinaryCrossentropy(), target, NN::sigmoid),
                check("logits, smooth", new BinaryCrossentropy(true, 0.2), target, AS_IS),
                check("focal", BinaryFocalCrossentropy.of().gamma(1.5).build(), target, NN::sigmoid),
                check(
                        "focal, logits, balanced",
                        BinaryFocalCrossentropy.of()
                                .fromLogits(true)
                                .applyClassBalancing(true)
                                .build(),
                        target,
                        AS_IS),
                check("focal, gamma 0", BinaryFocalCrossentropy.of().gamma(0).build(), target, NN::sigmoid));
    }

    @TestFactory
    List<DynamicTest> categoricalCrossentropies() {
        HostArray target = oneHot(4, 3);
        return List.of(
                check("probabilities", new CategoricalCrossentropy(), target, NN::sigmoid),
                check("logits, smooth", new CategoricalCrossentropy(true, 0.1), target, AS_IS),
                check(
                        "logits, axis 1",
                        CategoricalCrossentropy.of().fromLogits(true).axis(1).build(),
                        draw(0, 1, 2, 3, 4),
                        AS_IS),
                check("focal", new CategoricalFocalCrossentropy(), target, NN::softmax),
                check(
                        "focal, weights",
                        CategoricalFocalCrossentropy.of()
                                .fromLogits(true)
                                .alpha(0.1, 0.5, 1)
                                .build(),
                        target,
                        AS_IS));
    }

    @TestFactory
    List<DynamicTest> lossesOfLabels() {
        HostArray labels = labels(new int[] {2, 0, -1, 1}, 4);
        HostArray valid = labels(new int[] {2, 0, 1, 1}, 4, 1);
        Shape shape = Shape.of(4, 3);
        SparseCategoricalCrossentropy.Builder ignoring =
                SparseCategoricalCrossentropy.of().ignoreClass(-1);
        return List.of(
                check("logits", new SparseCategoricalCrossentropy(true), valid, shape, AS_IS),
                check("probabilities", new SparseCategoricalCrossentropy(), valid, shape, NN::sigmoid),
                check("ignoring", ignoring.build(), labels, shape, NN::softmax),
                check("ignoring, logits", ignoring.fromLogits(true).build(), labels, shape, AS_IS),
                check(
                        "axis 1",
                        SparseCategoricalCrossentropy.of()
                                .fromLogits(true)
                                .axis(1)
                                .build(),
                        labels(new int[] {0, 2, 1, 1}, 2, 2),
                        Shape.of(2, 3, 2),
                        AS_IS),
                check("generalized", new CategoricalGeneralizedCrossEntropy(), valid, shape, NN::softmax),
                check("ctc", new CTC(), labels(new int[] {1, 1, 2, 0}, 2, 2), Shape.of(2, 6, 3), AS_IS));
    }
}
