package dev.lamina.ops;

import dev.lamina.errors.DTypeException;
import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One step of an optimizer for all weights of one type. Inputs: the learning rate, a float32 scalar, and what else all
 * weights share; then for each weight its value, its gradient and its slots, all of one shape. Outputs: for each weight
 * its new value and its new slots. What a step means is its definition in simpler ops; weights are float32 or float64,
 * and a gradient may be of 16 bits instead, which is cast first.
 *
 * <p>An output may lie over any input of the same weight, since an element depends on the same element of those alone.
 */
public sealed interface OptimizerOp extends Op {
    /**
     * By how much each weight decays before the update, {@code w -= w * decay * rate}; 0 for one that does not. As many
     * as there are weights.
     */
    List<Double> decays();

    /** How many slots a weight has. */
    int slots();

    /** How many inputs come before those of the first weight. */
    default int shared() {
        return 1;
    }

    /** How many inputs belong to a weight. */
    default int inputsPerWeight() {
        return 2 + slots();
    }

    /** How many outputs belong to a weight. */
    default int outputsPerWeight() {
        return 1 + slots();
    }

    /** Whether an output may lie exactly over an input: whether they belong to the same weight. */
    default boolean overwrites(int input, int output) {
        return input >= shared() && (input - shared()) / inputsPerWeight() == output / outputsPerWeight();
    }

    @Override
    default List<TensorSpec> infer(List<TensorSpec> inputs) {
        Check.count(this, inputs, shared() + inputsPerWeight() * decays().size());
        List<TensorSpec> outputs = new ArrayList<>();
        scalar(this, inputs.get(0), "the learning rate", DType.FLOAT32);
        for (int i = 0; i < decays().size(); i++) {
            int at = shared() + i * inputsPerWeight();
            TensorSpec weight = inputs.get(at);
            if (weight.dtype() != DType.FLOAT32 && weight.dtype() != DType.FLOAT64) {
                throw new DTypeException("[" + opName() + "] expected weights of float32 or float64; received " + weight
                        + ". Optimizers update those of other types by single ops.");
            }
            Check.sameDType(this, inputs.get(shared()), weight);
            List<TensorSpec> others = inputs.subList(at + 1, at + inputsPerWeight());
            boolean half = others.getFirst().dtype().isHalf();
            others.subList(half ? 1 : 0, others.size()).forEach(other -> Check.sameDType(this, weight, other));
            others.forEach(other -> Check.compatible(this, weight, other));
            for (int output = 0; output < outputsPerWeight(); output++) {
                outputs.add(weight);
            }
        }
        return outputs;
    }

    private static void scalar(Op op, TensorSpec spec, String what, DType dtype) {
        if (spec.dtype() != dtype) {
            throw new DTypeException(
                    "[" + op.opName() + "] expected " + what + " in " + dtype + "; received " + spec + ".");
        }
        if (!spec.shape().equals(Shape.scalar())) {
            throw new ShapeException("[" + op.opName() + "] expected " + what + " as a scalar; received " + spec + ".");
        }
    }

    /** A step changes state, and is not part of what is differentiated. */
    @Override
    default void vjp(Vjp vjp) {
        throw Vjp.none(this);
    }

    /** How an optimizer changes weights. */
    sealed interface Rule extends OptimizerOp {
        @Override
        default Optional<List<Tensor>> define(OpSink ops, List<Tensor> inputs) {
            Tensor step = step(ops, inputs);
            List<Tensor> outputs = new ArrayList<>();
            for (int i = 0; i < decays().size(); i++) {
                int at = shared() + i * inputsPerWeight();
                Tensor weight = inputs.get(at);
                double decay = decays().get(i);
                if (decay != 0) {
                    Tensor rate = cast(ops, inputs.get(0), weight.dtype());
                    weight = ops.subtract(weight, ops.multiply(ops.scale(weight, decay), rate));
                }
                List<Tensor> slots = inputs.subList(at + 2, at + inputsPerWeight());
                Tensor gradient = cast(ops, inputs.get(at + 1), weight.dtype());
                outputs.addAll(update(ops, weight, gradient, slots, cast(ops, step, weight.dtype())));
            }
            return Optional.of(outputs);
        }

        /** The size of the step that all weights share, a float32 scalar; by default the rate. */
        default Tensor step(OpSink ops, List<Tensor> inputs) {
            return inputs.get(0);
        }

        /** The new weight and the new slots. */
        List<Tensor> update(OpSink ops, Tensor weight, Tensor gradient, List<Tensor> slots, Tensor step);
    }

    /**
     * A step that is taken only if its first input, a bool scalar, is true; else weights and slots stay as they are,
     * bit for bit. The other inputs are those of the step.
     */
    record Guarded(Rule rule) implements OptimizerOp {
        @Override
        public String opName() {
            return "guarded_" + rule.opName();
        }

        @Override
        public List<Double> decays() {
            return rule.decays();
        }

        @Override
        public int slots() {
            return rule.slots();
        }

        @Override
        public int shared() {
            return 1 + rule.shared();
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, shared() + inputsPerWeight() * decays().size());
            scalar(this, inputs.get(0), "whether to take the step", DType.BOOL);
            return rule.infer(inputs.subList(1, inputs.size()));
        }

        @Override
        public Optional<List<Tensor>> define(OpSink ops, List<Tensor> inputs) {
            List<Tensor> taken =
                    rule.define(ops, inputs.subList(1, inputs.size())).orElseThrow();
            List<Tensor> outputs = new ArrayList<>();
            for (Tensor output : taken) {
                int weight = outputs.size() / outputsPerWeight();
                int place = outputs.size() % outputsPerWeight();
                // The gradient comes between a weight and its slots.
                int before = shared() + weight * inputsPerWeight() + (place == 0 ? 0 : place + 1);
                outputs.add(ops.apply(new ElementwiseOp.Select(), inputs.get(0), output, inputs.get(before)));
            }
            return Optional.of(outputs);
        }
    }

    private static Tensor cast(OpSink ops, Tensor x, DType dtype) {
        return x.dtype() == dtype ? x : ops.apply(new ElementwiseOp.Cast(dtype), x);
    }

    /**
     * Gradient descent: {@code w -= rate * g}; with momentum {@code v = momentum * v - rate * g, w += v}; with
     * Nesterov's {@code w += momentum * v - rate * g} (Sutskever et al., 2013). One slot, {@code v}, with momentum.
     */
    record Sgd(double momentum, boolean nesterov, List<Double> decays) implements Rule {
        public Sgd {
            decays = List.copyOf(decays);
        }

        @Override
        public String opName() {
            return "sgd";
        }

        @Override
        public int slots() {
            return momentum == 0 ? 0 : 1;
        }

        @Override
        public List<Tensor> update(OpSink ops, Tensor weight, Tensor gradient, List<Tensor> slots, Tensor step) {
            Tensor change = ops.multiply(gradient, step);
            if (momentum == 0) {
                return List.of(ops.subtract(weight, change));
            }
            Tensor moved = ops.subtract(ops.scale(slots.get(0), momentum), change);
            Tensor by = nesterov ? ops.subtract(ops.scale(moved, momentum), change) : moved;
            return List.of(ops.add(weight, by), moved);
        }
    }

    /**
     * Adam (Kingma and Ba, 2014): {@code m += (g - m)(1 - beta1)}, {@code v += (g^2 - v)(1 - beta2)}, {@code w -= m *
     * step / (sqrt(v) + epsilon)} with {@code step = rate * sqrt(1 - beta2^t) / (1 - beta1^t)}. The second input is
     * {@code t}, the number of this update counted from 1, an int32 scalar. Slots: {@code m}, {@code v} and, with
     * {@code amsgrad}, the largest {@code v} so far, by which the step is then divided (Reddi et al., 2018).
     */
    record Adam(double beta1, double beta2, double epsilon, boolean amsgrad, List<Double> decays) implements Rule {
        public Adam {
            decays = List.copyOf(decays);
        }

        @Override
        public String opName() {
            return "adam";
        }

        @Override
        public int slots() {
            return amsgrad ? 3 : 2;
        }

        @Override
        public int shared() {
            return 2;
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            List<TensorSpec> outputs = Rule.super.infer(inputs);
            scalar(this, inputs.get(1), "the number of the update", DType.INT32);
            return outputs;
        }

        @Override
        public Tensor step(OpSink ops, List<Tensor> inputs) {
            Tensor number = cast(ops, inputs.get(1), DType.FLOAT32);
            Tensor first = ops.subtract(one(ops), ops.apply(BinaryOp.POWER, constant(ops, beta1), number));
            Tensor second = ops.subtract(one(ops), ops.apply(BinaryOp.POWER, constant(ops, beta2), number));
            return ops.divide(ops.multiply(inputs.get(0), ops.apply(UnaryOp.SQRT, second)), first);
        }

        private static Tensor one(OpSink ops) {
            return constant(ops, 1);
        }

        private static Tensor constant(OpSink ops, double value) {
            return ops.constant(value, DType.FLOAT32);
        }

        @Override
        public List<Tensor> update(OpSink ops, Tensor weight, Tensor gradient, List<Tensor> slots, Tensor step) {
            Tensor m = mean(ops, slots.get(0), gradient, beta1);
            Tensor v = mean(ops, slots.get(1), ops.apply(UnaryOp.SQUARE, gradient), beta2);
            List<Tensor> outputs = new ArrayList<>(List.of(m, v));
            if (amsgrad) {
                outputs.add(ops.apply(BinaryOp.MAXIMUM, slots.get(2), v));
            }
            Tensor spread = ops.offset(ops.apply(UnaryOp.SQRT, outputs.getLast()), epsilon);
            outputs.addFirst(ops.subtract(weight, ops.divide(ops.multiply(m, step), spread)));
            return outputs;
        }

        private static Tensor mean(OpSink ops, Tensor mean, Tensor value, double beta) {
            return ops.add(mean, ops.scale(ops.subtract(value, mean), 1 - beta));
        }
    }

    /**
     * RMSprop (Hinton, 2012): {@code v = rho * v + (1 - rho) * g^2}, {@code w -= rate * g / sqrt(v + epsilon)}.
     * Centered, the square of the gradient's running mean is subtracted from {@code v} under the root. With momentum
     * {@code b = momentum * b + rate * g / sqrt(...)}, {@code w -= b}. Slots: {@code v}, {@code b} with momentum, the
     * gradient's mean if centered.
     */
    record RmsProp(double rho, double momentum, double epsilon, boolean centered, List<Double> decays) implements Rule {
        public RmsProp {
            decays = List.copyOf(decays);
        }

        @Override
        public String opName() {
            return "rms_prop";
        }

        @Override
        public int slots() {
            return 1 + (hasMomentum() ? 1 : 0) + (centered ? 1 : 0);
        }

        public boolean hasMomentum() {
            return momentum > 0;
        }

        @Override
        public List<Tensor> update(OpSink ops, Tensor weight, Tensor gradient, List<Tensor> slots, Tensor step) {
            List<Tensor> outputs = new ArrayList<>();
            Tensor squares = mean(ops, slots.get(0), ops.apply(UnaryOp.SQUARE, gradient));
            outputs.add(squares);
            if (centered) {
                Tensor average = mean(ops, slots.getLast(), gradient);
                outputs.add(average);
                squares = ops.subtract(squares, ops.apply(UnaryOp.SQUARE, average));
            }
            Tensor spread = ops.apply(UnaryOp.SQRT, ops.offset(squares, epsilon));
            Tensor change = ops.divide(ops.multiply(gradient, step), spread);
            if (hasMomentum()) {
                change = ops.add(ops.scale(slots.get(1), momentum), change);
                outputs.add(1, change);
            }
            outputs.addFirst(ops.subtract(weight, change));
            return outputs;
        }

        private Tensor mean(OpSink ops, Tensor mean, Tensor value) {
            return ops.add(ops.scale(mean, rho), ops.scale(value, 1 - rho));
        }
    }
}
