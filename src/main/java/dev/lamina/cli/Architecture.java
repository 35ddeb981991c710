package dev.lamina.cli;

import dev.lamina.layers.Conv2D;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Dropout;
import dev.lamina.layers.Flatten;
import dev.lamina.layers.Layer;
import dev.lamina.layers.MaxPooling2D;
import dev.lamina.layers.Reshape;
import dev.lamina.models.Sequential;
import dev.lamina.tensor.Shape;

/** The models that {@code train} knows by name. */
enum Architecture implements Named {
    MLP("mlp"),
    CNN("cnn");

    private final String label;

    Architecture(String label) {
        this.label = label;
    }

    @Override
    public String label() {
        return label;
    }

    /**
     * A fresh model, not built.
     *
     * @param sample the shape of one sample, height and width
     */
    Sequential create(DataSet data, Shape sample, int classes) {
        return switch (this) {
            case MLP -> mlp(data, classes);
            case CNN -> cnn(data, sample, classes);
        };
    }

    private static Sequential mlp(DataSet data, int classes) {
        Sequential model = Sequential.of(new Flatten(), new Dense(128, "relu"));
        if (data == DataSet.DIGITS) {
            model.add(new Dense(64, "relu"));
        }
        return model.add(new Dense(classes, "softmax"));
    }

    private static Sequential cnn(DataSet data, Shape sample, int classes) {
        Reshape oneChannel = new Reshape(sample.size(0), sample.size(1), 1);
        return switch (data) {
            // 1,440 samples: much dropout, and one pooling, since 8x8 pixels are few.
            case DIGITS ->
                Sequential.of(
                        oneChannel,
                        convolution(16, "same"),
                        convolution(32, "same"),
                        new MaxPooling2D(2),
                        new Dropout(0.5),
                        new Flatten(),
                        new Dense(128, "relu"),
                        new Dropout(0.5),
                        new Dense(classes, "softmax"));
            case FASHION_MNIST ->
                Sequential.of(
                        oneChannel,
                        convolution(32, "valid"),
                        new MaxPooling2D(2),
                        convolution(64, "valid"),
                        new MaxPooling2D(2),
                        new Flatten(),
                        new Dense(128, "relu"),
                        new Dense(classes, "softmax"));
        };
    }

    private static Layer convolution(int filters, String padding) {
        return Conv2D.of(filters, 3, 3).padding(padding).activation("relu").build();
    }

    static final class Converter extends NameConverter<Architecture> {
        Converter() {
            super(Architecture.values());
        }
    }
}
