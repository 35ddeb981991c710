package dev.lamina.optimizers;

import dev.lamina.ops.OptimizerOp;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * An optimizer whose step is an {@link OptimizerOp}: all float32 weights change by one op, decay included, and all
 * float64 ones by another. Weights of 16-bit types change by the ops of its definition.
 */
public abstract class OneOpOptimizer extends Optimizer {
    private final List<String> slots;

    /** @param slots the purposes of a weight's slots, in the op's order */
    OneOpOptimizer(OptimizerOptions options, List<String> slots) {
        super(options);
        this.slots = List.copyOf(slots);
    }

    /** The step for as many weights as there are decays, 0 for a weight that does not decay. */
    abstract OptimizerOp.Rule op(List<Double> decays);

    /** The op's first inputs, that all weights share; by default the rate. */
    List<Tensor> shared(Tensor rate) {
        return List.of(rate);
    }

    @Override
    final void change(List<Variable> weights, List<Tensor> gradients, Tensor rate) {
        Map<DType, Step> steps = new EnumMap<>(DType.class);
        for (int i = 0; i < weights.size(); i++) {
            steps.computeIfAbsent(weights.get(i).dtype(), _ -> new Step()).add(weights.get(i), gradients.get(i));
        }
        steps.forEach((dtype, step) -> {
            if (dtype == DType.FLOAT32 || dtype == DType.FLOAT64) {
                List<Double> decays = step.weights.stream()
                        .map(weight -> decayOf(weight).orElse(0.0))
                        .toList();
                List<Tensor> inputs = step.inputs(rate);
                OptimizerOp op = op(decays);
                if (guard().isPresent()) {
                    op = new OptimizerOp.Guarded(op(decays));
                    inputs.addFirst(guard().get());
                }
                step.assign(Ops.applyAll(op, inputs.toArray(Tensor[]::new)));
            } else {
                super.change(step.weights, step.gradients, rate);
            }
        });
    }

    /** What the op alone writes. */
    @Override
    final List<Variable> guards(List<Variable> weights) {
        return averagesWeights()
                ? List.of()
                : weights.stream()
                        .filter(weight -> isWide(weight) && weight.constraint().isEmpty())
                        .flatMap(weight ->
                                Stream.concat(Stream.of(weight), slots.stream().map(purpose -> slot(weight, purpose))))
                        .toList();
    }

    private static boolean isWide(Variable weight) {
        return weight.dtype() == DType.FLOAT32 || weight.dtype() == DType.FLOAT64;
    }

    @Override
    protected final Update prepare(Tensor rate) {
        return (weight, gradient) -> {
            Step step = new Step();
            step.add(weight, gradient);
            List<Double> none = List.of(0.0);
            step.assign(op(none).define(Ops::applyAll, step.inputs(rate)).orElseThrow());
        };
    }

    /** Weights of one type. */
    private final class Step {
        private final List<Variable> weights = new ArrayList<>();
        private final List<Tensor> gradients = new ArrayList<>();

        void add(Variable weight, Tensor gradient) {
            weights.add(weight);
            gradients.add(gradient);
        }

        List<Tensor> inputs(Tensor rate) {
            List<Tensor> inputs = new ArrayList<>(shared(rate));
            for (int i = 0; i < weights.size(); i++) {
                Variable weight = weights.get(i);
                inputs.add(weight);
                inputs.add(gradients.get(i));
                slots.forEach(purpose -> inputs.add(slot(weight, purpose)));
            }
            return inputs;
        }

        /** Gives weights and slots their new values, in the op's order. */
        void assign(List<Tensor> outputs) {
            int at = 0;
            for (Variable weight : weights) {
                weight.assign(outputs.get(at++));
                for (String purpose : slots) {
                    slot(weight, purpose).assign(outputs.get(at++));
                }
            }
        }
    }
}
