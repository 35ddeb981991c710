package dev.lamina.optimizers;

/** Refuses arguments that can't be. */
final class Arguments {
    private Arguments() {}

    /** From 0 to 1. */
    static double share(String where, String name, double value) {
        return require(where, name + " from 0 to 1", value >= 0 && value <= 1, value);
    }

    /** From 0 to below 1. */
    static double decayRate(String where, String name, double value) {
        return require(where, name + " from 0 to below 1", value >= 0 && value < 1, value);
    }

    static double notNegative(String where, String name, double value) {
        return require(where, name + " of at least 0", value >= 0, value);
    }

    static double require(String where, String expected, boolean holds, double value) {
        if (!holds) {
            throw new IllegalArgumentException("[" + where + "] expected " + expected + "; received " + value + ".");
        }
        return value;
    }
}
