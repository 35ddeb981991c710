package dev.lamina.cli.bench;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One piece of work, the same for every library that is compared.
 *
 * @param sizes of an MLP: inputs, hidden units, outputs, relu between the layers and none after the last
 * @param pool how many batches are used in turn
 */
public record BenchCase(String name, Work work, List<Integer> sizes, int batch, int pool) {
    /** What is done. */
    public enum Work {
        /** Forward, softmax cross-entropy, backward, Adam(1e-3). */
        TRAIN_CLASSIFIER,
        /** Forward, mean squared error, backward, SGD(1e-2). */
        TRAIN_REGRESSION,
        /** The classifier is convolution 32 3x3 relu, pool 2, 64 3x3 relu, pool 2, dense 128 relu, dense 10. */
        TRAIN_CNN,
        PREDICT,
        PREDICT_CNN
    }

    private static final List<Integer> MLP = List.of(784, 512, 256, 10);

    static final List<BenchCase> ALL = List.of(
            new BenchCase("mlp-b128", Work.TRAIN_CLASSIFIER, MLP, 128, 16),
            new BenchCase("mlp-b32", Work.TRAIN_CLASSIFIER, MLP, 32, 16),
            new BenchCase("mlp-wide", Work.TRAIN_CLASSIFIER, List.of(784, 4096, 4096, 10), 256, 4),
            new BenchCase("cnn-b64", Work.TRAIN_CNN, List.of(784, 10), 64, 8),
            new BenchCase("tiny-b64", Work.TRAIN_REGRESSION, List.of(8, 32, 32, 1), 64, 16),
            new BenchCase("predict-1", Work.PREDICT, MLP, 1, 16),
            new BenchCase("predict-b128", Work.PREDICT, MLP, 128, 8),
            new BenchCase("predict-cnn-b64", Work.PREDICT_CNN, List.of(784, 10), 64, 8));

    /** The case of that name; an unknown one is an {@link IllegalArgumentException} that lists the known ones. */
    public static BenchCase of(String name) {
        return ALL.stream()
                .filter(one -> one.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "[bench] expected one of " + names() + "; received \"" + name + "\"."));
    }

    /** All names, by commas. */
    public static String names() {
        return ALL.stream().map(BenchCase::name).collect(Collectors.joining(", "));
    }

    int inputs() {
        return sizes.getFirst();
    }

    int outputs() {
        return sizes.getLast();
    }

    boolean trains() {
        return switch (work) {
            case TRAIN_CLASSIFIER, TRAIN_REGRESSION, TRAIN_CNN -> true;
            case PREDICT, PREDICT_CNN -> false;
        };
    }

    boolean convolves() {
        return Arrays.asList(Work.TRAIN_CNN, Work.PREDICT_CNN).contains(work);
    }
}
