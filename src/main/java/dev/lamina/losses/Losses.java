package dev.lamina.losses;

/** The losses by Keras's names. */
public final class Losses {
    private Losses() {}

    /** The loss of that name with its default arguments. */
    public static Loss of(String name) {
        return switch (name) {
            case "mse", "mean_squared_error" -> new MeanSquaredError();
            case "binary_crossentropy" -> new BinaryCrossentropy();
            case "categorical_crossentropy" -> new CategoricalCrossentropy();
            case "sparse_categorical_crossentropy" -> new SparseCategoricalCrossentropy();
            default ->
                throw new IllegalArgumentException("[loss] expected mse, mean_squared_error, binary_crossentropy, "
                        + "categorical_crossentropy or sparse_categorical_crossentropy; received \"" + name + "\".");
        };
    }
}
