package dev.lamina.optimizers;

/** The optimizers by Keras's names. */
public final class Optimizers {
    private Optimizers() {}

    /** The optimizer of that name with its default arguments. */
    public static Optimizer of(String name) {
        return switch (name) {
            case "sgd" -> new SGD();
            case "rmsprop" -> new RMSprop();
            case "adam" -> new Adam();
            default ->
                throw new IllegalArgumentException(
                        "[optimizer] expected sgd, rmsprop or adam; received \"" + name + "\".");
        };
    }
}
