package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.errors.DTypeException;
import dev.lamina.tensor.DType;
import java.util.Optional;

/**
 * What every loss can be told at its construction.
 *
 * @param name empty for the name of its class, such as {@code mean_squared_error}
 * @param dtype what predictions and targets are converted to before anything is computed; none means float64 for
 *     float64 predictions and float32 for all others
 */
public record LossOptions(String name, Reduction reduction, Optional<DType> dtype) {
    /** The class's name, the mean over all samples, float32. */
    public static final LossOptions DEFAULT = new LossOptions("", Reduction.SUM_OVER_BATCH_SIZE, Optional.empty());

    public LossOptions {
        if (dtype.isPresent() && !dtype.get().isFloating()) {
            throw new DTypeException(
                    "[loss] expected a floating-point dtype to compute a loss in; received " + dtype.get() + ".");
        }
    }

    public static LossOptions of(Reduction reduction) {
        return DEFAULT.withReduction(reduction);
    }

    public LossOptions withName(String newName) {
        return new LossOptions(newName, reduction, dtype);
    }

    public LossOptions withReduction(Reduction newReduction) {
        return new LossOptions(name, newReduction, dtype);
    }

    public LossOptions withDType(DType newDType) {
        return new LossOptions(name, reduction, Optional.of(newDType));
    }

    /** From the entries that {@link Loss#config} writes; a reduction of null is none. */
    public static LossOptions fromConfig(Config config) {
        Reduction reduction = config.isNull("reduction")
                ? Reduction.NONE
                : Reduction.of(config.text("reduction", Reduction.SUM_OVER_BATCH_SIZE.toString()));
        Optional<DType> dtype = config.has("dtype") ? Optional.of(DType.of(config.text("dtype"))) : Optional.empty();
        return new LossOptions(config.text("name", ""), reduction, dtype);
    }

    LossOptions withDefaultName(String otherwise) {
        return name.isEmpty() ? withName(otherwise) : this;
    }
}
