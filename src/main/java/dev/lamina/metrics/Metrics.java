package dev.lamina.metrics;

import dev.lamina.losses.Losses;
import dev.lamina.tensor.Shape;

/** The metrics by Keras's names. */
public final class Metrics {
    private Metrics() {}

    /** The metric of that name for targets and predictions of these shapes, which "accuracy" depends on. */
    public static Metric of(String name, Shape target, Shape prediction) {
        return switch (name) {
            case "accuracy", "acc" -> new Accuracy(name, Accuracy.kindFor(target, prediction));
            case "binary_accuracy" -> new Accuracy(name, Accuracy.Kind.BINARY);
            case "categorical_accuracy" -> new Accuracy(name, Accuracy.Kind.CATEGORICAL);
            case "sparse_categorical_accuracy" -> new Accuracy(name, Accuracy.Kind.SPARSE);
            default -> new LossMetric(Losses.of(name));
        };
    }
}
