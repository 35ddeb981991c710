package dev.lamina.models;

import dev.lamina.layers.Activation;
import dev.lamina.layers.BatchNormalization;
import dev.lamina.layers.Conv2D;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Dropout;
import dev.lamina.layers.Flatten;
import dev.lamina.layers.Layer;
import dev.lamina.layers.MaxPooling2D;
import dev.lamina.layers.Reshape;
import dev.lamina.layers.WeightSpec;
import dev.lamina.regularizers.Regularizers;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/** The models that tests train, each on images (8, 8) in 5 classes. */
public final class TestModels {
    public static final int CLASSES = 5;

    private TestModels() {}

    /** Counts its calls in a variable and adds the count to its output. */
    private static final class CallCounter extends Layer {
        private Variable calls;

        @Override
        protected void build(Shape inputShape) {
            calls = addWeight(
                    WeightSpec.of("calls", Shape.scalar()).initializer("zeros").trainable(false));
        }

        @Override
        protected Tensor call(Tensor x) {
            Tensor before = Ops.add(x, calls);
            calls.assignAdd(Ops.constant(0.125, DType.FLOAT32));
            return Ops.add(Ops.multiply(before, 0.5), calls);
        }
    }

    /** Uses one layer twice. */
    private static final class SharedLayer extends Model {
        private final Flatten flatten = new Flatten();
        private final Dense in = new Dense(16, "tanh");
        private final Dense shared = new Dense(16, "relu");
        private final Dense out = new Dense(CLASSES, "softmax");

        @Override
        protected Tensor call(Tensor x) {
            return out.apply(shared.apply(shared.apply(in.apply(flatten.apply(x)))));
        }
    }

    /** Adds a loss of its own to that of a regularizer. */
    private static final class AddsLoss extends Layer {
        @Override
        protected Tensor call(Tensor x) {
            addLoss(Ops.multiply(Ops.mean(Ops.square(x)), 0.01));
            return x;
        }
    }

    /** The guide's block of layers. */
    private static final class MLPBlock extends Layer {
        private final Dense linear1 = new Dense(32);
        private final Dense linear2 = new Dense(32);
        private final Dense linear3 = new Dense(CLASSES);

        @Override
        protected Tensor call(Tensor inputs) {
            Tensor x = Ops.relu(linear1.apply(inputs));
            x = Ops.relu(linear2.apply(x));
            return linear3.apply(x);
        }
    }

    /** By name: how to make each model. */
    public static Map<String, Supplier<Model>> all() {
        Map<String, Supplier<Model>> models = new LinkedHashMap<>();
        models.put("mlp", () -> Sequential.of(new Flatten(), new Dense(16, "relu"), new Dense(CLASSES, "softmax")));
        models.put(
                "dropout",
                () -> Sequential.of(
                        new Flatten(), new Dense(16, "gelu"), new Dropout(0.4, 7), new Dense(CLASSES, "softmax")));
        models.put(
                "batch norm",
                () -> Sequential.of(
                        new Flatten(),
                        new Dense(16),
                        BatchNormalization.of().momentum(0.9).build(),
                        new Activation("silu"),
                        new Dense(CLASSES, "softmax")));
        models.put(
                "cnn",
                () -> Sequential.of(
                        new Reshape(8, 8, 1),
                        Conv2D.of(4, 3, 3).padding("same").activation("relu").build(),
                        new MaxPooling2D(2),
                        new BatchNormalization(),
                        new Conv2D(6, 2, "relu"),
                        new Flatten(),
                        new Dense(CLASSES, "softmax")));
        models.put(
                "assign-add in call",
                () -> Sequential.of(new Flatten(), new CallCounter(), new Dense(CLASSES, "softmax")));
        models.put("shared layer", SharedLayer::new);
        models.put("block", () -> Sequential.of(new Flatten(), new MLPBlock(), new Activation("softmax")));
        models.put(
                "losses of layers",
                () -> Sequential.of(
                        new Flatten(),
                        Dense.of(12)
                                .activation("elu")
                                .kernelRegularizer(Regularizers.l1l2(1e-3, 1e-2))
                                .build(),
                        new AddsLoss(),
                        new Dense(CLASSES, "softmax")));
        return models;
    }

    /** Random images. */
    public static HostArray images(int count, long seed) {
        Random random = new Random(seed);
        return HostArray.zeros(Shape.of(count, 8, 8), DType.FLOAT32).fill(i -> random.nextGaussian());
    }

    /** Random labels. */
    public static HostArray labels(int count, long seed) {
        Random random = new Random(seed);
        return HostArray.zeros(Shape.of(count), DType.INT32).fill(i -> random.nextInt(CLASSES));
    }
}
