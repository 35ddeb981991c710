package dev.lamina.fuzz;

import dev.lamina.constraints.MaxNorm;
import dev.lamina.constraints.NonNeg;
import dev.lamina.layers.Activation;
import dev.lamina.layers.ActivityRegularization;
import dev.lamina.layers.Add;
import dev.lamina.layers.AlphaDropout;
import dev.lamina.layers.Average;
import dev.lamina.layers.AveragePooling1D;
import dev.lamina.layers.AveragePooling2D;
import dev.lamina.layers.BatchNormalization;
import dev.lamina.layers.Concatenate;
import dev.lamina.layers.Conv1D;
import dev.lamina.layers.Conv1DTranspose;
import dev.lamina.layers.Conv2D;
import dev.lamina.layers.Conv2DTranspose;
import dev.lamina.layers.Cropping1D;
import dev.lamina.layers.Cropping2D;
import dev.lamina.layers.Dense;
import dev.lamina.layers.DepthwiseConv1D;
import dev.lamina.layers.DepthwiseConv2D;
import dev.lamina.layers.Dropout;
import dev.lamina.layers.ELU;
import dev.lamina.layers.EinsumDense;
import dev.lamina.layers.Embedding;
import dev.lamina.layers.Flatten;
import dev.lamina.layers.GaussianDropout;
import dev.lamina.layers.GaussianNoise;
import dev.lamina.layers.GlobalAveragePooling1D;
import dev.lamina.layers.GlobalAveragePooling2D;
import dev.lamina.layers.GlobalMaxPooling1D;
import dev.lamina.layers.GlobalMaxPooling2D;
import dev.lamina.layers.GroupNormalization;
import dev.lamina.layers.Input;
import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerNormalization;
import dev.lamina.layers.LeakyReLU;
import dev.lamina.layers.MaxPooling1D;
import dev.lamina.layers.MaxPooling2D;
import dev.lamina.layers.Maximum;
import dev.lamina.layers.Multiply;
import dev.lamina.layers.PReLU;
import dev.lamina.layers.Permute;
import dev.lamina.layers.RMSNormalization;
import dev.lamina.layers.RepeatVector;
import dev.lamina.layers.Rescaling;
import dev.lamina.layers.Reshape;
import dev.lamina.layers.SeparableConv1D;
import dev.lamina.layers.SeparableConv2D;
import dev.lamina.layers.Softmax;
import dev.lamina.layers.SpatialDropout1D;
import dev.lamina.layers.SpatialDropout2D;
import dev.lamina.layers.SpectralNormalization;
import dev.lamina.layers.Subtract;
import dev.lamina.layers.TimeDistributed;
import dev.lamina.layers.UnitNormalization;
import dev.lamina.layers.UpSampling1D;
import dev.lamina.layers.UpSampling2D;
import dev.lamina.layers.ZeroPadding1D;
import dev.lamina.layers.ZeroPadding2D;
import dev.lamina.models.Functional;
import dev.lamina.models.Model;
import dev.lamina.regularizers.Regularizers;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Random;

/**
 * A small model of random layers, branches among them, and samples for it; a seed stands for one of each. Every model
 * ends in a softmax over {@link #CLASSES}.
 */
final class RandomModel {
    static final int CLASSES = 4;

    private static final int WORDS = 11;
    private static final int MOST_LAYERS = 7;

    /** Numbers of one sample at any place: more are made fewer, so that a model is trained in a moment. */
    private static final int MOST_ELEMENTS = 500;

    private static final List<String> ACTIVATIONS = List.of(
            "relu",
            "relu",
            "tanh",
            "sigmoid",
            "gelu",
            "silu",
            "elu",
            "selu",
            "softplus",
            "leaky_relu",
            "relu6",
            "hard_sigmoid",
            "mish",
            "linear",
            "exponential",
            "softsign");

    private enum Kind {
        VECTOR,
        SEQUENCE,
        IMAGE,
        WORDS
    }

    private final long seed;

    RandomModel(long seed) {
        this.seed = seed;
    }

    private static Kind kind(Random random) {
        return Kind.values()[random.nextInt(Kind.values().length)];
    }

    private static Shape inputShape(Random random, Kind kind) {
        return switch (kind) {
            case VECTOR -> Shape.of(1 + random.nextInt(20));
            case SEQUENCE -> Shape.of(3 + random.nextInt(8), 1 + random.nextInt(6));
            case IMAGE -> Shape.of(4 + random.nextInt(5), 4 + random.nextInt(5), 1 + random.nextInt(3));
            case WORDS -> Shape.of(2 + random.nextInt(7));
        };
    }

    /** The model anew, with weights by the global seed. */
    Model make() {
        Random random = new Random(seed);
        Kind kind = kind(random);
        Shape shape = inputShape(random, kind);
        Tensor input = Input.of(shape, kind == Kind.WORDS ? DType.INT32 : DType.FLOAT32);
        Tensor x = input;
        if (kind == Kind.WORDS) {
            x = Embedding.of(WORDS, 1 + random.nextInt(6))
                    .maskZero(random.nextBoolean())
                    .build()
                    .apply(x);
        }
        int layers = 1 + random.nextInt(MOST_LAYERS);
        for (int i = 0; i < layers; i++) {
            x = small(next(random, x));
        }
        x = rank(x) == 1 ? x : random.nextBoolean() ? new Flatten().apply(x) : pooled(random, x);
        return Functional.of(input, new Dense(CLASSES, "softmax").apply(x));
    }

    /** Samples for the model, with values that occur twice among them. */
    HostArray samples(int count) {
        Random random = new Random(seed);
        Kind kind = kind(random);
        Shape shape = inputShape(random, kind).prepend(count);
        return kind == Kind.WORDS
                ? HostArray.zeros(shape, DType.INT32).fill(i -> random.nextInt(WORDS))
                : HostArray.zeros(shape, DType.FLOAT32).fill(i -> random.nextInt(9) == 0 ? 0.5 : random.nextGaussian());
    }

    private static int rank(Tensor x) {
        return x.shape().rank() - 1;
    }

    private static int size(Tensor x, int axis) {
        return x.shape().size(axis);
    }

    private static long elements(Tensor x) {
        long all = 1;
        for (int axis = 1; axis < x.shape().rank(); axis++) {
            all *= size(x, axis);
        }
        return all;
    }

    private static Tensor small(Tensor x) {
        return elements(x) <= MOST_ELEMENTS ? x : pooled(new Random(1), x);
    }

    private static Tensor pooled(Random random, Tensor x) {
        boolean max = random.nextBoolean();
        Layer layer = switch (rank(x)) {
            case 1 -> new Dense(9);
            case 2 -> max ? new GlobalMaxPooling1D() : new GlobalAveragePooling1D();
            default -> max ? new GlobalMaxPooling2D() : new GlobalAveragePooling2D();
        };
        return layer.apply(x);
    }

    private static String activation(Random random) {
        return ACTIVATIONS.get(random.nextInt(ACTIVATIONS.size()));
    }

    private static String padding(Random random) {
        return random.nextBoolean() ? "same" : "valid";
    }

    private static Tensor next(Random random, Tensor x) {
        int choice = random.nextInt(10);
        if (choice < 2) {
            return branches(random, x);
        }
        return (choice < 5 ? anywhere(random, x) : ofRank(random, x)).apply(x);
    }

    private static Tensor branches(Random random, Tensor x) {
        int units = size(x, -1);
        Tensor left = new Dense(units, activation(random)).apply(x);
        Tensor right = random.nextBoolean() ? x : anywhere(random, x).apply(x);
        List<Tensor> both = List.of(left, right);
        return switch (random.nextInt(7)) {
            case 0 -> new Add().apply(both).get(0);
            case 1 -> new Multiply().apply(both).get(0);
            case 2 -> new Concatenate().apply(both).get(0);
            case 3 -> new Average().apply(both).get(0);
            case 4 -> new Maximum().apply(both).get(0);
            case 5 -> new Subtract().apply(both).get(0);
            default -> new LayerNormalization().apply(new Add().apply(both).get(0));
        };
    }

    /** A layer for any rank, which keeps the shape. */
    private static Layer anywhere(Random random, Tensor x) {
        int units = size(x, -1);
        return switch (random.nextInt(19)) {
            case 0, 1 -> new Activation(activation(random));
            case 2 -> BatchNormalization.of().momentum(0.8).build();
            case 3 -> new LayerNormalization();
            case 4 -> new RMSNormalization();
            case 5 -> new UnitNormalization();
            case 6 -> new PReLU();
            case 7 -> new LeakyReLU(0.1);
            case 8 -> new ELU(0.7);
            case 9 -> rank(x) == 1 ? new Softmax() : new LeakyReLU(0.3); // Softmax would take the mask of words
            case 10 -> new Rescaling(0.5, 0.1);
            case 11 -> new ActivityRegularization(1e-3, 1e-3);
            case 12 -> new GroupNormalization(units % 2 == 0 ? 2 : 1);
            case 13 ->
                Dense.of(units)
                        .activation(activation(random))
                        .useBias(random.nextBoolean())
                        .kernelRegularizer(Regularizers.l1l2(1e-3, 1e-3))
                        .build();
            case 14 -> new Dropout(0.3);
            case 15 -> new GaussianDropout(0.2);
            case 16 -> new GaussianNoise(0.1);
            case 17 ->
                Dense.of(units)
                        .kernelConstraint(random.nextBoolean() ? new MaxNorm(0.5) : new NonNeg())
                        .build();
            default -> new AlphaDropout(0.2);
        };
    }

    private static Layer ofRank(Random random, Tensor x) {
        return switch (rank(x)) {
            case 1 -> ofVectors(random, x);
            case 2 -> ofSequences(random, x);
            default -> ofImages(random, x);
        };
    }

    private static Layer ofVectors(Random random, Tensor x) {
        int units = size(x, -1);
        return switch (random.nextInt(6)) {
            case 0 -> new RepeatVector(2 + random.nextInt(3));
            case 1 -> units % 2 == 0 ? new Reshape(2, units / 2) : new Reshape(units, 1);
            case 2 -> new SpectralNormalization(new Dense(1 + random.nextInt(12)));
            default ->
                Dense.of(1 + random.nextInt(40))
                        .activation(activation(random))
                        .useBias(random.nextInt(4) != 0)
                        .build();
        };
    }

    private static Layer ofSequences(Random random, Tensor x) {
        int steps = size(x, 1);
        int units = size(x, 2);
        int kernel = 1 + random.nextInt(Math.min(3, steps));
        int filters = 1 + random.nextInt(6);
        return switch (random.nextInt(14)) {
            case 0, 1 ->
                Conv1D.of(filters, kernel)
                        .padding(random.nextInt(3) == 0 ? "causal" : padding(random))
                        .activation(activation(random))
                        .build();
            case 2 -> Conv1D.of(filters, kernel).padding("same").strides(2).build();
            case 3 ->
                Conv1D.of(filters, Math.min(2, steps))
                        .padding("same")
                        .dilation(2)
                        .useBias(false)
                        .build();
            case 4 -> new SeparableConv1D(filters, kernel);
            case 5 -> new DepthwiseConv1D(kernel);
            case 6 ->
                Conv1DTranspose.of(filters, kernel).padding(padding(random)).build();
            case 7 ->
                steps < 2
                        ? new UpSampling1D(2)
                        : random.nextBoolean()
                                ? MaxPooling1D.of(2).padding(padding(random)).build()
                                : AveragePooling1D.of(2)
                                        .padding(padding(random))
                                        .build();
            case 8 -> steps < 3 ? new ZeroPadding1D(1) : new Cropping1D(1, random.nextInt(2));
            case 9 -> new Permute(2, 1);
            case 10 -> new TimeDistributed(new Dense(filters, activation(random)));
            case 11 ->
                EinsumDense.of("abc,cd->abd", steps, filters)
                        .activation(activation(random))
                        .biasAxes("d")
                        .build();
            case 12 -> units % 2 == 0 ? new Reshape(steps, 2, units / 2) : new Dense(filters + 1);
            default -> new SpatialDropout1D(0.3);
        };
    }

    private static Layer ofImages(Random random, Tensor x) {
        int least = Math.min(size(x, 1), size(x, 2));
        int channels = size(x, 3);
        int kernel = 1 + random.nextInt(Math.min(3, least));
        int filters = 1 + random.nextInt(5);
        return switch (random.nextInt(13)) {
            case 0, 1, 2 ->
                Conv2D.of(filters, kernel, kernel)
                        .padding(padding(random))
                        .activation(activation(random))
                        .useBias(random.nextInt(4) != 0)
                        .build();
            case 3 ->
                Conv2D.of(filters, kernel, kernel).padding("same").strides(2, 2).build();
            case 4 -> Conv2D.of(2 * channels, kernel, kernel).groups(channels).build();
            case 5 -> new SeparableConv2D(filters, kernel);
            case 6 ->
                DepthwiseConv2D.of(kernel, kernel)
                        .padding(padding(random))
                        .depthMultiplier(1 + random.nextInt(2))
                        .build();
            case 7 ->
                Conv2DTranspose.of(filters, kernel, kernel)
                        .padding(padding(random))
                        .build();
            case 8 ->
                least < 2
                        ? new UpSampling2D(2, 2)
                        : random.nextInt(3) != 0
                                ? MaxPooling2D.of(2, 2).padding(padding(random)).build()
                                : AveragePooling2D.of(2, 2)
                                        .padding(padding(random))
                                        .build();
            case 9 -> least < 3 ? new ZeroPadding2D(1) : new Cropping2D(random.nextInt(2), 1);
            case 10 -> new Permute(2, 1, 3);
            case 11 -> new Reshape(size(x, 1), size(x, 2) * channels);
            default -> new SpatialDropout2D(0.3);
        };
    }
}
