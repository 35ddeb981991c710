package dev.lamina.losses;

import dev.lamina.config.Registry;
import java.util.Map;

/** The losses by Keras's names. */
public final class Losses {
    private static final Registry<Loss> REGISTRY = new Registry<Loss>(
                    "loss", "Losses.register(name, factory)", "LossOptions.fromConfig(config)")
            .register("BinaryCrossentropy", BinaryCrossentropy::fromConfig, "bce", "BCE")
            .register("BinaryFocalCrossentropy", BinaryFocalCrossentropy::fromConfig)
            .register("CategoricalCrossentropy", CategoricalCrossentropy::fromConfig)
            .register("CategoricalFocalCrossentropy", CategoricalFocalCrossentropy::fromConfig)
            .register("CategoricalGeneralizedCrossEntropy", CategoricalGeneralizedCrossEntropy::fromConfig)
            .register("CategoricalHinge", CategoricalHinge::fromConfig)
            .register("Circle", Circle::fromConfig)
            .register("CosineSimilarity", CosineSimilarity::fromConfig)
            .register("CTC", CTC::fromConfig)
            .register("Dice", Dice::fromConfig)
            .register("Hinge", Hinge::fromConfig)
            .register("Huber", Huber::fromConfig)
            .register("KLDivergence", KLDivergence::fromConfig, "kl_divergence", "kld", "KLD")
            .register("LogCosh", LogCosh::fromConfig, "logcosh")
            .register("MeanAbsoluteError", MeanAbsoluteError::fromConfig, "mae", "MAE")
            .register("MeanAbsolutePercentageError", MeanAbsolutePercentageError::fromConfig, "mape", "MAPE")
            .register("MeanSquaredError", MeanSquaredError::fromConfig, "mse", "MSE")
            .register("MeanSquaredLogarithmicError", MeanSquaredLogarithmicError::fromConfig, "msle", "MSLE")
            .register("Poisson", Poisson::fromConfig)
            .register("SparseCategoricalCrossentropy", SparseCategoricalCrossentropy::fromConfig)
            .register("SquaredHinge", SquaredHinge::fromConfig)
            .register("Tversky", Tversky::fromConfig);

    private Losses() {}

    /**
     * The loss of that Keras name with its default arguments: {@code "mean_squared_error"}, {@code "mse"} or
     * {@code "MeanSquaredError"}; another name is an {@link IllegalArgumentException}.
     */
    public static Loss of(String name) {
        return REGISTRY.of(name);
    }

    /** Whether {@link #of} gives a loss for that name. */
    public static boolean knows(String name) {
        return REGISTRY.knows(name);
    }

    /** The class and arguments of a loss, or the name of a function, as Keras writes them. */
    public static Map<String, Object> serialize(Loss loss) {
        if (loss instanceof FunctionLoss) {
            return REGISTRY.serializeFunction(loss.name(), !REGISTRY.isOwn(loss.name()) && knows(loss.name()));
        }
        return REGISTRY.serialize(
                "keras.losses",
                Loss.class.getPackage(),
                loss.getClass(),
                loss.getClass().getSimpleName(),
                loss.config());
    }

    /**
     * The inverse of {@link #serialize}; Keras's form of a function, whose config is its name, is read too.
     *
     * @throws dev.lamina.errors.ModelFormatException if it is malformed, or a class or argument is not known
     */
    public static Loss deserialize(Map<String, ?> data) {
        return REGISTRY.deserialize(data);
    }

    /**
     * Makes a loss of your own known to {@link #of} and {@link #deserialize}. The factory reads all that its config
     * holds; {@link LossOptions#fromConfig} reads what every loss has.
     *
     * @param className its class's simple name, with Keras's package before it unless that is {@code Custom}:
     *     {@code package>Class}
     */
    public static void register(String className, Registry.Factory<? extends Loss> factory) {
        REGISTRY.registerOwn(className, factory);
    }
}
