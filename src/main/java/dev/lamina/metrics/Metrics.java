package dev.lamina.metrics;

import dev.lamina.config.Registry;
import dev.lamina.config.Serialized;
import dev.lamina.losses.Losses;
import dev.lamina.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The metrics by Keras's names. */
public final class Metrics {
    private static final Registry<Metric> REGISTRY = new Registry<Metric>(
                    "metric", "Metrics.register(name, factory)", "MetricOptions.fromConfig(config)")
            .register("Accuracy", Accuracy::fromConfig)
            .register("AUC", AUC::fromConfig)
            .register("BinaryAccuracy", BinaryAccuracy::fromConfig)
            .register("BinaryIoU", BinaryIoU::fromConfig)
            .register("CategoricalAccuracy", CategoricalAccuracy::fromConfig)
            .register("ConcordanceCorrelation", ConcordanceCorrelation::fromConfig)
            .register("CosineSimilarity", CosineSimilarity::fromConfig)
            .register("F1Score", F1Score::fromConfig)
            .register("FalseNegatives", FalseNegatives::fromConfig)
            .register("FalsePositives", FalsePositives::fromConfig)
            .register("FBetaScore", FBetaScore::fromConfig)
            .register("IoU", IoU::fromConfig)
            .register("Mean", Mean::fromConfig)
            .register("MeanIoU", MeanIoU::fromConfig)
            .register("OneHotIoU", OneHotIoU::fromConfig)
            .register("OneHotMeanIoU", OneHotMeanIoU::fromConfig)
            .register("PearsonCorrelation", PearsonCorrelation::fromConfig)
            .register("Precision", Precision::fromConfig)
            .register("PrecisionAtRecall", PrecisionAtRecall::fromConfig)
            .register("R2Score", R2Score::fromConfig)
            .register("Recall", Recall::fromConfig)
            .register("RecallAtPrecision", RecallAtPrecision::fromConfig)
            .register("RootMeanSquaredError", RootMeanSquaredError::fromConfig)
            .register("SensitivityAtSpecificity", SensitivityAtSpecificity::fromConfig)
            .register("SparseCategoricalAccuracy", SparseCategoricalAccuracy::fromConfig)
            .register("SparseTopKCategoricalAccuracy", SparseTopKCategoricalAccuracy::fromConfig)
            .register("SpecificityAtSensitivity", SpecificityAtSensitivity::fromConfig)
            .register("Sum", Sum::fromConfig)
            .register("TopKCategoricalAccuracy", TopKCategoricalAccuracy::fromConfig)
            .register("TrueNegatives", TrueNegatives::fromConfig)
            .register("TruePositives", TruePositives::fromConfig)
            .register("MeanSquaredError", loss("MeanSquaredError"), "mse", "MSE")
            .register("MeanAbsoluteError", loss("MeanAbsoluteError"), "mae", "MAE")
            .register("MeanAbsolutePercentageError", loss("MeanAbsolutePercentageError"), "mape", "MAPE")
            .register("MeanSquaredLogarithmicError", loss("MeanSquaredLogarithmicError"), "msle", "MSLE")
            .register("LogCoshError", loss("LogCosh"))
            .register("Hinge", loss("Hinge"))
            .register("SquaredHinge", loss("SquaredHinge"))
            .register("CategoricalHinge", loss("CategoricalHinge"))
            .register("KLDivergence", loss("KLDivergence"))
            .register("Poisson", loss("Poisson"))
            .register("BinaryCrossentropy", loss("BinaryCrossentropy", "from_logits", "label_smoothing"), "bce", "BCE")
            .register(
                    "CategoricalCrossentropy",
                    loss("CategoricalCrossentropy", "from_logits", "label_smoothing", "axis"))
            .register(
                    "SparseCategoricalCrossentropy",
                    loss("SparseCategoricalCrossentropy", "from_logits", "ignore_class", "axis"));

    private Metrics() {}

    private static Registry.Factory<Metric> loss(String className, String... keys) {
        return config -> LossMetric.read(className, config, keys);
    }

    /**
     * The metric of that Keras name, with its default arguments and called by that name; the name of a loss that Keras
     * has no metric of works too.
     */
    public static Metric of(String name) {
        return REGISTRY.knows(name) || !Losses.knows(name)
                ? REGISTRY.of(name)
                : new LossMetric(Losses.of(name), MetricOptions.named(name));
    }

    /**
     * The metric of that name for targets and predictions of these shapes. They decide what {@code "accuracy"} means: a
     * single prediction is binary, one label for several is sparse.
     */
    public static Metric of(String name, Shape target, Shape prediction) {
        boolean binary = prediction.rank() < 2 || prediction.size(-1) == 1;
        boolean sparse = target.rank() < prediction.rank() || target.size(-1) == 1;
        return switch (name) {
            case "accuracy", "acc" -> {
                MetricOptions options = MetricOptions.named(name);
                yield binary
                        ? new BinaryAccuracy(0.5, options)
                        : sparse ? new SparseCategoricalAccuracy(options) : new CategoricalAccuracy(options);
            }
            default -> of(name);
        };
    }

    /** Whether that is the name of a metric, or a loss, of Keras, and no user's own. */
    public static boolean isKeras(String name) {
        return !REGISTRY.isOwn(name)
                && (Set.of("accuracy", "acc").contains(name) || REGISTRY.knows(name) || Losses.knows(name));
    }

    /** The class and arguments of a metric, or the name of a function, as Keras writes them. */
    public static Map<String, Object> serialize(Metric metric) {
        if (metric instanceof FunctionMetric) {
            return REGISTRY.serializeFunction(metric.name(), isKeras(metric.name()));
        }
        return REGISTRY.serialize(
                "keras.metrics", Metric.class.getPackage(), metric.getClass(), metric.className(), metric.config());
    }

    /**
     * The inverse of {@link #serialize}.
     *
     * @throws dev.lamina.errors.ModelFormatException if it is malformed, or a class or argument is not known
     */
    public static Metric deserialize(Map<String, ?> data) {
        if (Registry.functionName(data).isPresent()) {
            return REGISTRY.deserialize(data);
        }
        Serialized object = Serialized.of("metric", data);
        Map<String, Object> entries = new LinkedHashMap<>(object.config());
        entries.putIfAbsent("name", Registry.snakeCase(object.className()));
        return REGISTRY.deserialize(
                new Serialized(object.module(), object.className(), entries, object.registeredName()).toMap());
    }

    /**
     * Makes a metric of your own known to {@link #of} and {@link #deserialize}. The factory reads all that its config
     * holds; {@link MetricOptions#fromConfig} reads what every metric has.
     *
     * @param className its class's simple name, with Keras's package before it unless that is {@code Custom}:
     *     {@code package>Class}
     */
    public static void register(String className, Registry.Factory<? extends Metric> factory) {
        REGISTRY.registerOwn(className, factory);
    }
}
