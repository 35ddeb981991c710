package dev.lamina.callbacks;

import dev.lamina.tensor.HostArray;
import java.util.Map;
import java.util.OptionalDouble;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Multiplies the learning rate by a factor when a value no longer improves. Adds {@code learning_rate} to the logs.
 *
 * <pre>{@code ReduceLROnPlateau.of().factor(0.2).patience(5).minLearningRate(1e-3).build()}</pre>
 */
public final class ReduceLROnPlateau implements Callback {
    private static final Logger LOG = LoggerFactory.getLogger(ReduceLROnPlateau.class);

    private final Monitor monitor;
    private final double factor;
    private final int patience;
    private final int cooldown;
    private final double minLearningRate;
    private double best = Double.NaN;
    private int wait;
    private int cooling;

    private ReduceLROnPlateau(Builder builder) {
        monitor = new Monitor("ReduceLROnPlateau", builder.monitor, builder.mode, builder.minDelta);
        factor = builder.factor;
        patience = builder.patience;
        cooldown = builder.cooldown;
        minLearningRate = builder.minLearningRate;
    }

    public static Builder of() {
        return new Builder();
    }

    @Override
    public void onTrainBegin(Plan plan, TrainingContext training) {
        best = Double.NaN;
        wait = 0;
        cooling = 0;
    }

    @Override
    public void onEpochEnd(int epoch, Logs logs, TrainingContext training) {
        double rate = training.learningRate();
        logs.put("learning_rate", rate);
        OptionalDouble found = monitor.value(logs);
        if (found.isEmpty()) {
            return;
        }
        if (cooling > 0) {
            cooling--;
            wait = 0;
        }
        double value = found.getAsDouble();
        if (monitor.improves(value, best)) {
            best = value;
            wait = 0;
        } else if (cooling == 0) {
            wait++;
            // The rate is a float32; it must not count as larger than a bound that it was set to.
            if (wait >= patience && rate > (float) minLearningRate) {
                double reduced = Math.max(rate * factor, minLearningRate);
                training.setLearningRate(reduced);
                LOG.info("Epoch {}: learning rate reduced to {}", epoch + 1, reduced);
                cooling = cooldown;
                wait = 0;
            }
        }
    }

    @Override
    public Map<String, HostArray> state() {
        return Map.of("numbers", HostArray.of(new double[] {best, wait, cooling}));
    }

    @Override
    public void restore(Map<String, HostArray> state) {
        HostArray numbers = state.get("numbers");
        if (numbers != null) {
            best = numbers.getDouble(0);
            wait = (int) numbers.getLong(1);
            cooling = (int) numbers.getLong(2);
        }
    }

    /** Keras's arguments and defaults. */
    public static final class Builder {
        private String monitor = "val_loss";
        private Mode mode = Mode.AUTO;
        private double minDelta = 1e-4;
        private double factor = 0.1;
        private int patience = 10;
        private int cooldown;
        private double minLearningRate;

        private Builder() {}

        public Builder monitor(String name) {
            monitor = name;
            return this;
        }

        public Builder mode(Mode newMode) {
            mode = newMode;
            return this;
        }

        public Builder minDelta(double delta) {
            minDelta = delta;
            return this;
        }

        /** What the rate is multiplied by, below 1. */
        public Builder factor(double value) {
            if (!(value > 0 && value < 1)) {
                throw new IllegalArgumentException(
                        "[ReduceLROnPlateau] expected a factor between 0 and 1; received " + value + ".");
            }
            factor = value;
            return this;
        }

        /** How many epochs without improvement are waited for. */
        public Builder patience(int epochs) {
            patience = epochs;
            return this;
        }

        /** How many epochs after a reduction are not counted. */
        public Builder cooldown(int epochs) {
            cooldown = epochs;
            return this;
        }

        /** The rate is not made smaller than this. */
        public Builder minLearningRate(double rate) {
            minLearningRate = rate;
            return this;
        }

        public ReduceLROnPlateau build() {
            return new ReduceLROnPlateau(this);
        }
    }
}
