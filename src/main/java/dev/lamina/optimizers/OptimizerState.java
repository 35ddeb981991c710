package dev.lamina.optimizers;

import dev.lamina.runtime.Execution;
import dev.lamina.runtime.Variables;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** An optimizer's variables, in the order they were made, and which of them belong to which weight. */
final class OptimizerState {
    private final String optimizer;
    private final List<Variable> all = new ArrayList<>();
    private final Map<Variable, Map<String, Variable>> slots = new IdentityHashMap<>();

    OptimizerState(String optimizer) {
        this.optimizer = optimizer;
    }

    /** @param name the whole name */
    Variable add(String name, HostArray initial) {
        return add(name, initial.spec(), () -> initial);
    }

    private Variable add(String name, TensorSpec spec, Supplier<HostArray> initial) {
        Variable variable = Execution.eagerly(() -> Variables.create(name, spec, initial, false, false));
        all.add(variable);
        return variable;
    }

    /** Keras's name of a slot: {@code adam/mlp_dense_kernel_momentum}. */
    String slotName(Variable weight, String purpose) {
        return optimizer + "/" + weight.name().replace('/', '_') + "_" + purpose;
    }

    Variable addSlot(Variable weight, String purpose, String name, TensorSpec spec, Supplier<HostArray> initial) {
        Variable slot = add(name, spec, initial);
        slots.computeIfAbsent(weight, _ -> new HashMap<>()).put(purpose, slot);
        return slot;
    }

    boolean knows(Variable weight) {
        return slots.containsKey(weight);
    }

    void learnOf(Variable weight) {
        slots.put(weight, new HashMap<>());
    }

    Variable slot(Variable weight, String purpose) {
        Map<String, Variable> known = slots.getOrDefault(weight, Map.of());
        Variable slot = known.get(purpose);
        if (slot == null) {
            throw new IllegalStateException("[" + optimizer + "] expected a slot \"" + purpose + "\" of \""
                    + weight.name() + "\", made in createSlots; there are " + known.keySet() + ".");
        }
        return slot;
    }

    List<Variable> variables() {
        return List.copyOf(all);
    }
}
