package dev.lamina.models;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.List;
import java.util.Map;

/** Turns weights of classes into weights of samples, as Keras's {@code class_weight_to_sample_weights}. */
final class ClassWeights {
    private ClassWeights() {}

    /**
     * The weights {@code (samples,)}; the class is the target {@code (samples,)} or {@code (samples, 1)}, or its
     * argmax.
     */
    static HostArray of(String where, Map<Integer, Double> classWeights, List<HostArray> targets) {
        if (targets.size() != 1) {
            throw new IllegalArgumentException("[" + where + "] expected one target to weigh classes of; received "
                    + targets.size() + ". Give sampleWeights for each output instead.");
        }
        HostArray target = targets.get(0);
        Shape shape = target.shape();
        int samples = shape.size(0);
        int width = shape.rank() == 1 ? 1 : shape.size(-1);
        if (shape.rank() > 2) {
            throw new IllegalArgumentException("[" + where + "] expected targets (samples,) or (samples, classes) to "
                    + "weigh classes of; received " + shape + ". Give sampleWeights instead.");
        }
        return HostArray.zeros(Shape.of(samples), DType.FLOAT32).fill(i -> {
            int label = width == 1 ? (int) Math.rint(target.getDouble(i)) : largest(target, i * width, width);
            return classWeights.getOrDefault(label, 1.0);
        });
    }

    private static int largest(HostArray target, long from, int width) {
        int best = 0;
        for (int c = 1; c < width; c++) {
            if (target.getDouble(from + c) > target.getDouble(from + best)) {
                best = c;
            }
        }
        return best;
    }
}
