package dev.lamina.models;

import dev.lamina.errors.ModelFormatException;
import dev.lamina.layers.FieldScan;
import dev.lamina.layers.Layer;
import dev.lamina.metrics.Metric;
import dev.lamina.optimizers.Optimizer;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Variable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Everything that the rest of a training depends on, at one moment between two steps: the model's weights and seed
 * generators, the optimizers' state, what is being measured, where the training stands in its epochs and in its data,
 * the order of the data, and what callbacks remember.
 */
record TrainingState(Position position, Map<String, HostArray> arrays) {
    private static final String POSITION = "position";
    private static final long VERSION = 1;

    /**
     * Where a training stands.
     *
     * @param step the steps done of the epoch
     * @param pass the pass over the data, and {@code taken} the batches used of it
     * @param shuffleSeed what the orders of the passes are made from; 0 if they are not shuffled
     */
    record Position(int epoch, int step, long pass, int taken, long shuffleSeed, boolean stopped) {}

    static TrainingState capture(Model model, Measures measures, Position position) {
        Map<String, HostArray> arrays = new LinkedHashMap<>();
        groups(model, measures).forEach((group, variables) -> {
            for (int i = 0; i < variables.size(); i++) {
                arrays.put(group + "/" + i, variables.get(i).toHost());
            }
        });
        return new TrainingState(position, arrays);
    }

    private static Map<String, List<Variable>> groups(Model model, Measures measures) {
        Map<String, List<Variable>> groups = new LinkedHashMap<>();
        groups.put("model", model.variables());
        List<Optimizer> optimizers = new ArrayList<>(List.of(model.optimizer()));
        for (Layer layer : model.flatten()) {
            FieldScan.visit(
                    layer,
                    value -> value instanceof Optimizer
                            || value instanceof Layer
                            || value instanceof Variable
                            || value instanceof Metric,
                    (name, value) -> {
                        if (value instanceof Optimizer optimizer && !optimizers.contains(optimizer)) {
                            optimizers.add(optimizer);
                        }
                    });
        }
        for (int i = 0; i < optimizers.size(); i++) {
            groups.put("optimizer" + i, optimizers.get(i).variables());
        }
        groups.put("measures", measures.variables());
        return groups;
    }

    /** Sets all variables; ones that don't fit are an error, and then none is set. */
    void restore(Model model, Measures measures) {
        Map<String, List<Variable>> groups = groups(model, measures);
        groups.forEach((group, variables) -> {
            for (int i = 0; i < variables.size(); i++) {
                HostArray array = arrays.get(group + "/" + i);
                if (array == null || !array.spec().equals(variables.get(i).spec())) {
                    throw misfit(
                            variables.get(i).name() + " " + variables.get(i).spec(),
                            array == null ? "a state without it" : array.spec().toString());
                }
            }
            if (arrays.containsKey(group + "/" + variables.size())) {
                throw misfit(variables.size() + " variables of " + group, "a state with more");
            }
        });
        groups.forEach((group, variables) -> {
            for (int i = 0; i < variables.size(); i++) {
                variables.get(i).assign(Objects.requireNonNull(arrays.get(group + "/" + i)));
            }
        });
    }

    private static ModelFormatException misfit(String expected, String received) {
        return new ModelFormatException(
                "[resume] expected the state of a training of this model, with " + expected + "; received " + received
                        + ". Make and compile the model as it was, or remove the state to begin anew.");
    }

    /** The arrays of one callback, by its place in the list. */
    Map<String, HostArray> ofCallback(int index) {
        String prefix = "callback" + index + "/";
        Map<String, HostArray> found = new LinkedHashMap<>();
        arrays.forEach((name, array) -> {
            if (name.startsWith(prefix)) {
                found.put(name.substring(prefix.length()), array);
            }
        });
        return found;
    }

    void putCallback(int index, Map<String, HostArray> state) {
        state.forEach((name, array) -> arrays.put("callback" + index + "/" + name, array));
    }

    void write(Path file) {
        Map<String, HostArray> all = new LinkedHashMap<>();
        all.put(POSITION, HostArray.of(new long[] {
            VERSION,
            position.epoch(),
            position.step(),
            position.pass(),
            position.taken(),
            position.shuffleSeed(),
            position.stopped() ? 1 : 0
        }));
        all.putAll(arrays);
        ArrayFormat.find().write(all, file);
    }

    static TrainingState read(Path file) {
        Map<String, HostArray> arrays = new LinkedHashMap<>(ArrayFormat.find().read(file));
        HostArray position = arrays.remove(POSITION);
        if (position == null || position.elements() != 7 || position.getLong(0) != VERSION) {
            throw new ModelFormatException("[resume] expected a state of training of version " + VERSION + "; received "
                    + file + ", which is something else. Remove it to begin anew.");
        }
        long[] at = position.toLongArray();
        return new TrainingState(new Position((int) at[1], (int) at[2], at[3], (int) at[4], at[5], at[6] != 0), arrays);
    }
}
