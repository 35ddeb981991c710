package dev.lamina.ops;

import dev.lamina.tensor.HostArray;
import java.util.ArrayList;
import java.util.List;

/** Optimizers' steps, element by element in double; what all weights share is float32. */
final class OptimizerDefinitions {
    private OptimizerDefinitions() {}

    static List<double[]> of(OptimizerOp op, List<HostArray> inputs) {
        return switch (op) {
            case OptimizerOp.Rule rule -> of(rule, inputs);
            case OptimizerOp.Guarded guarded
            when inputs.getFirst().getLong(0) != 0 -> of(guarded.rule(), inputs.subList(1, inputs.size()));
            case OptimizerOp.Guarded guarded -> {
                List<double[]> kept = new ArrayList<>();
                for (int i = guarded.shared(); i < inputs.size(); i++) {
                    if ((i - guarded.shared()) % guarded.inputsPerWeight() != 1) {
                        kept.add(inputs.get(i).toDoubleArray());
                    }
                }
                yield kept;
            }
        };
    }

    private static List<double[]> of(OptimizerOp.Rule op, List<HostArray> inputs) {
        List<double[]> outputs = new ArrayList<>();
        double rate = inputs.get(0).getDouble(0);
        for (int weight = 0; weight < op.decays().size(); weight++) {
            int first = op.shared() + weight * op.inputsPerWeight();
            int count = (int) inputs.get(first).elements();
            double[][] results = new double[op.outputsPerWeight()][count];
            for (int i = 0; i < count; i++) {
                double[] state = new double[op.inputsPerWeight()];
                for (int input = 0; input < state.length; input++) {
                    state[input] = inputs.get(first + input).getDouble(i);
                }
                double w = state[0] * (1 - op.decays().get(weight) * rate);
                double[] slots = new double[op.slots()];
                double change = switch (op) {
                    case OptimizerOp.Sgd sgd -> sgd(sgd, state, slots, rate);
                    case OptimizerOp.Adam adam -> adam(adam, state, slots, correctedRate(adam, inputs));
                    case OptimizerOp.RmsProp prop -> rmsProp(prop, state, slots, rate);
                };
                results[0][i] = w + change;
                for (int slot = 0; slot < slots.length; slot++) {
                    results[1 + slot][i] = slots[slot];
                }
            }
            outputs.addAll(List.of(results));
        }
        return outputs;
    }

    private static double sgd(OptimizerOp.Sgd op, double[] state, double[] slots, double rate) {
        double step = -rate * state[1];
        if (slots.length == 0) {
            return step;
        }
        slots[0] = op.momentum() * state[2] + step;
        return op.nesterov() ? op.momentum() * slots[0] + step : slots[0];
    }

    private static double correctedRate(OptimizerOp.Adam op, List<HostArray> inputs) {
        float number = (float) inputs.get(1).getDouble(0);
        float first = 1 - (float) Math.pow((float) op.beta1(), number);
        float second = 1 - (float) Math.pow((float) op.beta2(), number);
        return (float) inputs.get(0).getDouble(0) * (float) Math.sqrt(second) / first;
    }

    private static double adam(OptimizerOp.Adam op, double[] state, double[] slots, double rate) {
        double g = state[1];
        slots[0] = op.beta1() * state[2] + (1 - op.beta1()) * g;
        slots[1] = op.beta2() * state[3] + (1 - op.beta2()) * g * g;
        if (op.amsgrad()) {
            slots[2] = Math.max(state[4], slots[1]);
        }
        return -rate * slots[0] / (Math.sqrt(slots[slots.length - 1]) + op.epsilon());
    }

    private static double rmsProp(OptimizerOp.RmsProp op, double[] state, double[] slots, double rate) {
        double g = state[1];
        slots[0] = op.rho() * state[2] + (1 - op.rho()) * g * g;
        double spread = slots[0] + op.epsilon();
        int last = slots.length - 1;
        if (op.centered()) {
            slots[last] = op.rho() * state[2 + last] + (1 - op.rho()) * g;
            spread -= slots[last] * slots[last];
        }
        double step = rate * g / Math.sqrt(spread);
        if (op.hasMomentum()) {
            step += op.momentum() * state[3];
            slots[1] = step;
        }
        return -step;
    }
}
