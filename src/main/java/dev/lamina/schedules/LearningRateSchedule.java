package dev.lamina.schedules;

import dev.lamina.tensor.Tensor;
import java.util.Map;

/**
 * A learning rate as a function of the number of steps taken. It is computed on the device, from ops, so that a
 * compiled training step needs nothing from the host. One of your own is a lambda, or a class with a config.
 */
@FunctionalInterface
public interface LearningRateSchedule {
    /**
     * The rate of a step.
     *
     * @param step how many steps were taken before, a float32 scalar
     * @return a float32 scalar
     */
    Tensor apply(Tensor step);

    /** The class and its arguments as Keras writes them; a lambda has none to give and can't be written to a file. */
    default Map<String, Object> config() {
        throw new IllegalStateException("[schedule] expected a schedule with a config, to write it to a file; received "
                + getClass().getName() + ". Override config().");
    }
}
