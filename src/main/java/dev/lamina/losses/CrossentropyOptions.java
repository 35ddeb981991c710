package dev.lamina.losses;

import dev.lamina.config.Config;
import java.util.Map;

/**
 * What the cross-entropies of one-hot and binary targets can be told alike.
 *
 * @param fromLogits whether predictions are logits rather than probabilities
 * @param labelSmoothing how far targets move towards an even distribution
 */
record CrossentropyOptions(boolean fromLogits, double labelSmoothing, int axis) {
    static final CrossentropyOptions DEFAULT = new CrossentropyOptions(false, 0, -1);

    static CrossentropyOptions fromConfig(Config config) {
        return new CrossentropyOptions(
                config.flag("from_logits", DEFAULT.fromLogits),
                config.number("label_smoothing", DEFAULT.labelSmoothing),
                config.integer("axis", DEFAULT.axis));
    }

    /** These options, if they make sense for the loss of this name. */
    CrossentropyOptions checkedFor(String loss) {
        Crossentropies.smoothing(loss, labelSmoothing);
        return this;
    }

    void writeTo(Map<String, Object> config) {
        config.put("from_logits", fromLogits);
        config.put("label_smoothing", labelSmoothing);
        config.put("axis", axis);
    }
}
