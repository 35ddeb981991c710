package dev.lamina.cli.bench;

import java.util.List;

/**
 * A step of training or a prediction, the same for every library that is compared.
 *
 * @param sizes of an MLP: inputs, hidden units, outputs, relu between the layers and none after the last
 * @param pool how many batches are used in turn
 * @param policy the type that layers compute in, by Keras's name
 */
record StepCase(String name, Kind kind, List<Integer> sizes, int batch, int pool, String policy) {
    /** What is done. */
    enum Kind {
        /** Forward, softmax cross-entropy, backward, Adam(1e-3). */
        TRAIN_CLASSIFIER,
        /** Forward, mean squared error, backward, SGD(1e-2). */
        TRAIN_REGRESSION,
        /** The same with Adam(1e-3). */
        TRAIN_REGRESSION_ADAM,
        /** The classifier is convolution 32 3x3 relu, pool 2, 64 3x3 relu, pool 2, dense 128 relu, dense 10. */
        TRAIN_CNN,
        PREDICT,
        PREDICT_CNN
    }

    static final String FLOAT32 = "float32";
    private static final String BFLOAT16 = "mixed_bfloat16";
    private static final List<Integer> MLP = List.of(784, 512, 256, 10);
    private static final List<Integer> IMAGES = List.of(784, 10);

    /** Those of bench/peers. */
    static final List<StepCase> PEERS = List.of(
            new StepCase("mlp-b128", Kind.TRAIN_CLASSIFIER, MLP, 128, 16, FLOAT32),
            new StepCase("mlp-b32", Kind.TRAIN_CLASSIFIER, MLP, 32, 16, FLOAT32),
            new StepCase("mlp-wide", Kind.TRAIN_CLASSIFIER, List.of(784, 4096, 4096, 10), 256, 4, FLOAT32),
            new StepCase("cnn-b64", Kind.TRAIN_CNN, IMAGES, 64, 8, FLOAT32),
            new StepCase("tiny-b64", Kind.TRAIN_REGRESSION, List.of(8, 32, 32, 1), 64, 16, FLOAT32),
            new StepCase("predict-1", Kind.PREDICT, MLP, 1, 16, FLOAT32),
            new StepCase("predict-b128", Kind.PREDICT, MLP, 128, 8, FLOAT32),
            new StepCase("predict-cnn-b64", Kind.PREDICT_CNN, IMAGES, 64, 8, FLOAT32));

    static final StepCase MLP_4096 = new StepCase(
            "mlp-4096-bf16", Kind.TRAIN_REGRESSION_ADAM, List.of(4096, 4096, 4096, 4096, 4096), 8192, 1, BFLOAT16);

    static final StepCase CNN_B256 = new StepCase("cnn-b256-bf16", Kind.TRAIN_CNN, IMAGES, 256, 4, BFLOAT16);

    /** The same work on smaller layers, where all of them are wide, and fewer samples, for sizes that are not fixed. */
    StepCase sized(BenchSizes by) {
        if (PEERS.contains(this)) {
            return this;
        }
        List<Integer> layers = convolves() ? sizes : sizes.stream().map(by::of).toList();
        // What a sample leaves behind for the backward pass, and its gradients, in 16 bits, inputs and targets beside.
        long bytes = convolves()
                ? 1 << 18
                : layers.stream().mapToLong(units -> 8L * units).sum();
        return new StepCase(name, kind, layers, by.fit(by.of(batch), bytes), pool, policy);
    }

    int inputs() {
        return sizes.getFirst();
    }

    int outputs() {
        return sizes.getLast();
    }

    boolean trains() {
        return switch (kind) {
            case TRAIN_CLASSIFIER, TRAIN_REGRESSION, TRAIN_REGRESSION_ADAM, TRAIN_CNN -> true;
            case PREDICT, PREDICT_CNN -> false;
        };
    }

    boolean convolves() {
        return kind == Kind.TRAIN_CNN || kind == Kind.PREDICT_CNN;
    }

    boolean isRegression() {
        return kind == Kind.TRAIN_REGRESSION || kind == Kind.TRAIN_REGRESSION_ADAM;
    }
}
