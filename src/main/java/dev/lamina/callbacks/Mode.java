package dev.lamina.callbacks;

/** Which way a monitored value is to go. */
public enum Mode {
    /** By the value's name: losses and errors down, accuracies and the like up. */
    AUTO,
    MIN,
    MAX
}
