package dev.lamina.schedules;

import dev.lamina.config.Config;
import dev.lamina.config.Registry;
import dev.lamina.config.Serialized;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/** The schedules by Keras's names. */
public final class Schedules {
    private static final Registry<LearningRateSchedule> REGISTRY = new Registry<LearningRateSchedule>("schedule")
            .register("ExponentialDecay", ExponentialDecay::fromConfig)
            .register("PiecewiseConstantDecay", PiecewiseConstantDecay::fromConfig)
            .register("PolynomialDecay", PolynomialDecay::fromConfig)
            .register("InverseTimeDecay", InverseTimeDecay::fromConfig)
            .register("CosineDecay", CosineDecay::fromConfig)
            .register("CosineDecayRestarts", CosineDecayRestarts::fromConfig);

    private Schedules() {}

    /** The inverse of {@link LearningRateSchedule#config}. */
    public static LearningRateSchedule fromConfig(Map<String, ?> config) {
        return REGISTRY.deserialize(config);
    }

    /** Makes a schedule of your own known to {@link #fromConfig}. */
    public static void register(String className, Registry.Factory<? extends LearningRateSchedule> factory) {
        REGISTRY.register(className, factory);
    }

    static Map<String, Object> config(String className, Object... pairs) {
        return new Serialized("keras.optimizers.schedules", className, Config.entries(pairs)).toMap();
    }

    /** A number as Python writes it: steps are whole, unless someone chose otherwise. */
    static Object steps(double steps) {
        return steps == Math.rint(steps) && Math.abs(steps) < 1L << 53 ? (Object) (long) steps : (Object) steps;
    }

    static void checkSteps(String where, double steps) {
        if (!(steps > 0)) {
            throw new IllegalArgumentException(
                    "[" + where + "] expected more than 0 decay steps; received " + steps + ".");
        }
    }

    static Tensor scalar(double value) {
        return Ops.constant(value, DType.FLOAT32);
    }
}
