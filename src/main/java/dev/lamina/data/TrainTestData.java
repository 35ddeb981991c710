package dev.lamina.data;

import java.util.List;

/**
 * A data set for classification in its customary two parts.
 *
 * @param train what a model learns from
 * @param test what it is measured with
 * @param classNames the name of each class; label {@code i} means the name at {@code i}
 */
public record TrainTestData(LabeledData train, LabeledData test, List<String> classNames) {
    public TrainTestData {
        classNames = List.copyOf(classNames);
    }

    /** Both parts with {@code x} divided, as float32; see {@link LabeledData#xDividedBy}. */
    public TrainTestData xDividedBy(float divisor) {
        return new TrainTestData(train.xDividedBy(divisor), test.xDividedBy(divisor), classNames);
    }
}
