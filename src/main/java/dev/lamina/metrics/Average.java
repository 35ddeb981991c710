package dev.lamina.metrics;

import dev.lamina.config.Config;

/** What is made of the scores of several classes. */
public enum Average {
    /** One score each. */
    NONE,
    /** The score of all decisions together. */
    MICRO,
    /** The mean of the classes' scores. */
    MACRO,
    /** Their mean, weighted by how frequent the classes are. */
    WEIGHTED;

    static Average read(Config config) {
        return Choices.of(Average.class, config.owner(), "average", config.text("average", "none"));
    }
}
