package dev.lamina.models;

import dev.lamina.callbacks.Callback;
import dev.lamina.callbacks.Logs;
import dev.lamina.callbacks.TrainingContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What fit measured: for each name ({@code loss}, {@code accuracy}, {@code val_loss}, ...) one number an epoch. */
public final class History implements Callback {
    private final List<Integer> epochs = new ArrayList<>();
    private final Map<String, List<Double>> values = new LinkedHashMap<>();
    private final Map<String, List<Integer>> measured = new LinkedHashMap<>();

    @Override
    public void onEpochEnd(int epoch, Logs logs, TrainingContext training) {
        epochs.add(epoch);
        logs.read().forEach((name, value) -> {
            values.computeIfAbsent(name, n -> new ArrayList<>()).add(value);
            measured.computeIfAbsent(name, n -> new ArrayList<>()).add(epoch);
        });
    }

    /** The epochs' numbers, from 0. */
    public List<Integer> epochs() {
        return List.copyOf(epochs);
    }

    public Map<String, List<Double>> values() {
        return java.util.Collections.unmodifiableMap(values);
    }

    /**
     * The numbers of one name, an epoch each; an unknown name is an {@link IllegalArgumentException} that lists the
     * known ones.
     */
    public List<Double> get(String name) {
        return List.copyOf(of(name, values));
    }

    /**
     * The epochs, from 0, that the numbers of one name belong to: not all, where validation does not run after each. An
     * unknown name is an error as in {@link #get}.
     */
    public List<Integer> epochs(String name) {
        return List.copyOf(of(name, measured));
    }

    private static <T> List<T> of(String name, Map<String, List<T>> lists) {
        List<T> list = lists.get(name);
        if (list == null) {
            throw new IllegalArgumentException(
                    "[history] expected one of " + lists.keySet() + "; received \"" + name + "\".");
        }
        return list;
    }

    @Override
    public String toString() {
        return "History " + values;
    }
}
