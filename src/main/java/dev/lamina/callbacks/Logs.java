package dev.lamina.callbacks;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Named numbers that are computed when they are read. */
public final class Logs {
    private final Supplier<Map<String, DoubleSupplier>> source;
    private @Nullable Map<String, DoubleSupplier> values;

    public Logs(Map<String, DoubleSupplier> values) {
        this(() -> values);
    }

    private Logs(Supplier<Map<String, DoubleSupplier>> source) {
        this.source = source;
    }

    /**
     * The numbers that the source names when these logs are first looked at, so that logs nobody reads cost nothing.
     */
    public static Logs whenRead(Supplier<Map<String, DoubleSupplier>> source) {
        return new Logs(source);
    }

    private Map<String, DoubleSupplier> values() {
        Map<String, DoubleSupplier> known = values;
        if (known == null) {
            known = new LinkedHashMap<>(source.get());
            values = known;
        }
        return known;
    }

    /** Numbers that are known already. */
    public static Logs of(Map<String, Double> values) {
        Logs logs = new Logs(Map.of());
        values.forEach(logs::put);
        return logs;
    }

    public Set<String> names() {
        return values().keySet();
    }

    /** Waits for the device; empty for an unknown name. */
    public OptionalDouble get(String name) {
        DoubleSupplier value = values().get(name);
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value.getAsDouble());
    }

    /** Adds a number, which the callbacks after this one see too: the learning rate, for instance. */
    public void put(String name, double value) {
        values().put(name, () -> value);
    }

    /** All values, in order; waits for the device. */
    public Map<String, Double> read() {
        Map<String, Double> read = new LinkedHashMap<>();
        values().forEach((name, value) -> read.put(name, value.getAsDouble()));
        return read;
    }
}
