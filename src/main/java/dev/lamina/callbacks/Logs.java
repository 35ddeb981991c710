package dev.lamina.callbacks;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.DoubleSupplier;

/** Named numbers that are computed when they are read. */
public final class Logs {
    private final Map<String, DoubleSupplier> values;

    public Logs(Map<String, DoubleSupplier> values) {
        this.values = new LinkedHashMap<>(values);
    }

    /** Numbers that are known already. */
    public static Logs of(Map<String, Double> values) {
        Logs logs = new Logs(Map.of());
        values.forEach(logs::put);
        return logs;
    }

    public Set<String> names() {
        return values.keySet();
    }

    /** Waits for the device; empty for an unknown name. */
    public OptionalDouble get(String name) {
        DoubleSupplier value = values.get(name);
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value.getAsDouble());
    }

    /** Adds a number, which the callbacks after this one see too: the learning rate, for instance. */
    public void put(String name, double value) {
        values.put(name, () -> value);
    }

    /** All values, in order; waits for the device. */
    public Map<String, Double> read() {
        Map<String, Double> read = new LinkedHashMap<>();
        values.forEach((name, value) -> read.put(name, value.getAsDouble()));
        return read;
    }
}
