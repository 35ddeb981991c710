package dev.lamina.callbacks;

import java.util.Locale;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A value of the logs that is watched, and when it has improved. */
final class Monitor {
    private static final Logger LOG = LoggerFactory.getLogger(Monitor.class);

    /** What is better when it is larger, by the metrics' usual names. */
    private static final Pattern LARGER = Pattern.compile(
            "acc|auc|precision|recall|sensitivity|specificity|iou|fbeta|f1|r2|similarity|correlation|true_|positives_rate");

    private static final Pattern SMALLER = Pattern.compile("loss|error|crossentropy|divergence|hinge|logcosh|log_cosh|"
            + "poisson|dice|tversky|false_|^(mse|mae|mape|msle|rmse|kld|kl_divergence)$");

    private final String callback;
    private final String name;
    private final boolean larger;
    private final double minDelta;

    /** @param mode auto takes the direction from the name, as Keras does from the metric of that name */
    Monitor(String callback, String name, Mode mode, double minDelta) {
        this.callback = callback;
        this.name = name;
        this.minDelta = Math.abs(minDelta);
        this.larger = switch (mode) {
            case MAX -> true;
            case MIN -> false;
            case AUTO -> isLarger(callback, name);
        };
    }

    private static boolean isLarger(String callback, String name) {
        String metric = (name.startsWith("val_") ? name.substring(4) : name).toLowerCase(Locale.ROOT);
        if (LARGER.matcher(metric).find()) {
            return true;
        }
        if (SMALLER.matcher(metric).find()) {
            return false;
        }
        throw new IllegalArgumentException("[" + callback + "] expected a monitored value whose name says whether "
                + "smaller or larger is better; received \"" + name + "\". Choose Mode.MIN or Mode.MAX.");
    }

    String name() {
        return name;
    }

    /** The watched value; a warning if there is none. */
    OptionalDouble value(Logs logs) {
        OptionalDouble value = logs.get(name);
        if (value.isEmpty()) {
            LOG.warn("[{}] expected \"{}\" in the logs; received {}. Nothing is done.", callback, name, logs.names());
        }
        return value;
    }

    /** Whether a value is better than a reference by more than the smallest change that counts; NaN never is. */
    boolean improves(double value, double reference) {
        if (Double.isNaN(reference)) {
            return true;
        }
        return larger ? value - minDelta > reference : value + minDelta < reference;
    }
}
