package dev.lamina.callbacks;

import dev.lamina.tensor.HostArray;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the training when a value no longer improves: after {@code patience} epochs in a row that were not better than
 * the best one (and, with a baseline, than that).
 *
 * <pre>{@code EarlyStopping.of().monitor("val_accuracy").patience(3).restoreBestWeights(true).build()}</pre>
 */
public final class EarlyStopping implements Callback {
    private static final Logger LOG = LoggerFactory.getLogger(EarlyStopping.class);

    private final Monitor monitor;
    private final int patience;
    private final OptionalDouble baseline;
    private final boolean restoreBestWeights;
    private final int startFromEpoch;
    private double best = Double.NaN;
    private int bestEpoch;
    private int wait;
    private int stoppedEpoch;
    private List<HostArray> bestWeights = List.of();

    private EarlyStopping(Builder builder) {
        monitor = new Monitor("EarlyStopping", builder.monitor, builder.mode, builder.minDelta);
        patience = builder.patience;
        baseline = builder.baseline;
        restoreBestWeights = builder.restoreBestWeights;
        startFromEpoch = builder.startFromEpoch;
    }

    public static Builder of() {
        return new Builder();
    }

    /** Watches {@code val_loss} with a patience of 0. */
    public EarlyStopping() {
        this(new Builder());
    }

    @Override
    public void onTrainBegin(Plan plan, TrainingContext training) {
        best = Double.NaN;
        bestEpoch = 0;
        wait = 0;
        stoppedEpoch = 0;
        bestWeights = List.of();
    }

    @Override
    public void onEpochEnd(int epoch, Logs logs, TrainingContext training) {
        if (epoch < startFromEpoch) {
            return;
        }
        OptionalDouble found = monitor.value(logs);
        if (found.isEmpty()) {
            return;
        }
        double value = found.getAsDouble();
        if (restoreBestWeights && bestWeights.isEmpty()) {
            bestWeights = training.weights();
            bestEpoch = epoch;
        }
        wait++;
        if (monitor.improves(value, best)) {
            best = value;
            bestEpoch = epoch;
            if (restoreBestWeights) {
                bestWeights = training.weights();
            }
            if (baseline.isEmpty() || monitor.improves(value, baseline.getAsDouble())) {
                wait = 0;
            }
        } else if (wait >= patience && epoch > 0) {
            stoppedEpoch = epoch;
            training.stopTraining();
        }
    }

    @Override
    public void onTrainEnd(Logs logs, TrainingContext training) {
        if (stoppedEpoch > 0) {
            LOG.info("Epoch {}: early stopping", stoppedEpoch + 1);
        }
        if (!bestWeights.isEmpty()) {
            LOG.info("Restoring the weights of the best epoch, {}", bestEpoch + 1);
            training.setWeights(bestWeights);
        }
    }

    /** The epoch that training ended after, from 0; 0 if it went on to its end. */
    public int stoppedEpoch() {
        return stoppedEpoch;
    }

    /** The epoch with the best value, from 0. */
    public int bestEpoch() {
        return bestEpoch;
    }

    @Override
    public Map<String, HostArray> state() {
        Map<String, HostArray> state = new LinkedHashMap<>();
        state.put("numbers", HostArray.of(new double[] {best, bestEpoch, wait}));
        for (int i = 0; i < bestWeights.size(); i++) {
            state.put("best_weights/" + i, bestWeights.get(i));
        }
        return state;
    }

    @Override
    public void restore(Map<String, HostArray> state) {
        HostArray numbers = state.get("numbers");
        if (numbers != null) {
            best = numbers.getDouble(0);
            bestEpoch = (int) numbers.getLong(1);
            wait = (int) numbers.getLong(2);
            List<HostArray> weights = new java.util.ArrayList<>();
            for (int i = 0; state.containsKey("best_weights/" + i); i++) {
                weights.add(state.get("best_weights/" + i));
            }
            bestWeights = List.copyOf(weights);
        }
    }

    /** Keras's arguments and defaults. */
    public static final class Builder {
        private String monitor = "val_loss";
        private Mode mode = Mode.AUTO;
        private double minDelta;
        private int patience;
        private OptionalDouble baseline = OptionalDouble.empty();
        private boolean restoreBestWeights;
        private int startFromEpoch;

        private Builder() {}

        public Builder monitor(String name) {
            monitor = name;
            return this;
        }

        public Builder mode(Mode newMode) {
            mode = newMode;
            return this;
        }

        /** The smallest change that counts as an improvement. */
        public Builder minDelta(double delta) {
            minDelta = delta;
            return this;
        }

        /** How many epochs without improvement are waited for. */
        public Builder patience(int epochs) {
            if (epochs < 0) {
                throw new IllegalArgumentException(
                        "[EarlyStopping] expected a patience of at least 0; received " + epochs + ".");
            }
            patience = epochs;
            return this;
        }

        /** What the value must get better than for waiting to begin anew. */
        public Builder baseline(double value) {
            baseline = OptionalDouble.of(value);
            return this;
        }

        /** Whether the weights of the best epoch are put back at the end, stopped or not. */
        public Builder restoreBestWeights(boolean on) {
            restoreBestWeights = on;
            return this;
        }

        /** The first epoch, from 0, that is looked at. */
        public Builder startFromEpoch(int epoch) {
            startFromEpoch = epoch;
            return this;
        }

        public EarlyStopping build() {
            return new EarlyStopping(this);
        }
    }
}
