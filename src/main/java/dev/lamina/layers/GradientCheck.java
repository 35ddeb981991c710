package dev.lamina.layers;

import dev.lamina.errors.DTypeException;
import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.GradientTape;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Checks the gradients of a layer, in particular of one with an op of your own, against finite differences:
 *
 * <pre>{@code
 * Dense layer = Dense.of(4).activation("gelu").dtype("float64").build();
 * GradientCheck.of(layer).inputShape(Shape.of(3, 5)).seed(1).run().check();
 * }</pre>
 *
 * With {@code f = sum(output * r)} for fixed random numbers {@code r}, and for each input and trainable weight
 * {@code t} a random direction {@code v}, it compares
 *
 * <pre>{@code
 * gradient   = <df/dt, v>                                by the tape
 * difference = (f(t + h v) - f(t - h v)) / (2 h)         h = 1e-5
 * error      = |gradient - difference| / max(|df/dt|, |difference|, 1e-4 * sum |output * r|)
 * }</pre>
 *
 * where {@code |df/dt|} is the Euclidean length, about as large as its product with a random direction. The last term
 * keeps the rounding of {@code f} from counting where the gradient is 0. The layer computes in float64, and is left as
 * it was: random states and moving averages are put back before each evaluation, so that dropout drops the same
 * elements. A kink, as of relu at 0, within {@code h} of a drawn number gives a false alarm: try another seed.
 */
public final class GradientCheck {
    private static final double STEP = 1e-5;
    private static final double FLOOR = 1e-4;

    private final Layer layer;
    private List<Shape> inputShapes = List.of();
    private long seed = 1;
    private boolean training;
    private double tolerance = 1e-6;

    private GradientCheck(Layer layer) {
        this.layer = layer;
    }

    /** A check of that layer, which is built if it is not yet. */
    public static GradientCheck of(Layer layer) {
        return new GradientCheck(layer);
    }

    /** The shape of each input, batch axis included; their values are drawn from the standard normal distribution. */
    public GradientCheck inputShape(Shape... shapes) {
        inputShapes = List.of(shapes);
        return this;
    }

    /** Of the inputs, the directions and the weights of the outputs; 1 by default. */
    public GradientCheck seed(long newSeed) {
        seed = newSeed;
        return this;
    }

    /** Whether the layer is called as in training; false by default. */
    public GradientCheck training(boolean newTraining) {
        training = newTraining;
        return this;
    }

    /** The largest relative error that {@link Result#check} accepts; 1e-6 by default. */
    public GradientCheck tolerance(double newTolerance) {
        tolerance = newTolerance;
        return this;
    }

    /**
     * One comparison.
     *
     * @param name the path of the weight, or {@code input 0}
     */
    public record Entry(String name, double gradient, double difference, double error) {}

    /** The comparisons of all inputs, then of all trainable weights. */
    public record Result(String layer, long seed, double tolerance, List<Entry> entries) {
        /** The largest relative error; NaN if there is one. */
        public double largestError() {
            return entries.stream().mapToDouble(Entry::error).reduce(0, Math::max);
        }

        /** Throws an {@link IllegalStateException} that names the first gradient whose error exceeds the tolerance. */
        public void check() {
            for (Entry entry : entries) {
                if (!(entry.error() <= tolerance)) {
                    throw new IllegalStateException("[" + layer + "] expected the gradient of " + entry.name()
                            + " along a random direction to be " + entry.difference()
                            + ", by finite differences; received " + entry.gradient() + ", a relative error of "
                            + entry.error() + " where " + tolerance + " is allowed (seed " + seed
                            + "). Check the gradient rules of the ops that it goes through.");
                }
            }
        }
    }

    /** Makes all comparisons. */
    public Result run() {
        try (Scope scope = Scope.open()) {
            return new Run().compare();
        }
    }

    private void checkTypes(List<Variable> trainable) {
        for (Layer part : layer.flatten()) {
            if (part.computeDType() != DType.FLOAT64) {
                throw wrongType(part.path(), part.computeDType());
            }
        }
        for (Variable weight : trainable) {
            if (weight.dtype() != DType.FLOAT64) {
                throw wrongType(weight.name(), weight.dtype());
            }
        }
    }

    private DTypeException wrongType(String part, DType type) {
        return new DTypeException(
                "[" + layer.name() + "] expected a layer of dtype float64 for a gradient check, since "
                        + "differences lose half of the digits; received " + part + " of " + type
                        + ". Make the layer with dtype(\"float64\").");
    }

    /** The numbers of one run: inputs and states to start from, weights of the outputs. */
    private final class Run {
        private final SplittableRandom random = new SplittableRandom(seed);
        private final List<HostArray> inputs = new ArrayList<>();
        private final Map<Variable, HostArray> start = new IdentityHashMap<>();
        private final List<HostArray> outputWeights = new ArrayList<>();

        private Run() {
            for (Shape shape : inputShapes) {
                if (!shape.isFullyKnown()) {
                    throw new ShapeException(
                            "[" + layer.name() + "] expected input shapes without unknown axes for a gradient "
                                    + "check; received " + shape + ". Give the batch axis a size.");
                }
                inputs.add(draw(shape));
            }
            layer.buildFor(inputShapes.toArray(Shape[]::new));
            checkTypes(layer.trainableWeights());
            layer.variables().forEach(variable -> start.put(variable, variable.toHost()));
        }

        private HostArray draw(Shape shape) {
            return HostArray.zeros(shape, DType.FLOAT64).fill(index -> random.nextGaussian());
        }

        private Result compare() {
            List<Variable> weights = layer.trainableWeights();
            List<HostArray> gradients = new ArrayList<>();
            double size;
            try (GradientTape tape = GradientTape.open()) {
                List<Tensor> sources =
                        new ArrayList<>(inputs.stream().map(Ops::tensor).toList());
                sources.forEach(tape::watch);
                List<Tensor> terms = terms(sources);
                sources.addAll(weights);
                tape.gradient(total(terms), sources).forEach(gradient -> gradients.add(gradient.toHost()));
                size = total(terms.stream().map(Ops::abs).toList()).item();
            }
            List<Entry> entries = new ArrayList<>();
            for (int i = 0; i < gradients.size(); i++) {
                HostArray gradient = gradients.get(i);
                HostArray direction = draw(gradient.shape());
                int weight = i - inputs.size();
                double difference = weight < 0
                        ? (moveInput(i, direction, STEP) - moveInput(i, direction, -STEP)) / (2 * STEP)
                        : (moveWeight(weights.get(weight), direction, STEP)
                                        - moveWeight(weights.get(weight), direction, -STEP))
                                / (2 * STEP);
                String name = weight < 0 ? "input " + i : weights.get(weight).name();
                entries.add(entry(name, gradient, direction, difference, size));
            }
            reset();
            return new Result(layer.path(), seed, tolerance, List.copyOf(entries));
        }

        private static Entry entry(
                String name, HostArray gradient, HostArray direction, double difference, double size) {
            double product = 0;
            double square = 0;
            for (long i = 0; i < gradient.elements(); i++) {
                product += gradient.getDouble(i) * direction.getDouble(i);
                square += gradient.getDouble(i) * gradient.getDouble(i);
            }
            double scale = Math.max(Math.max(Math.sqrt(square), Math.abs(difference)), FLOOR * size);
            double error = product == difference ? 0 : Math.abs(product - difference) / scale;
            return new Entry(name, product, difference, error);
        }

        private void reset() {
            start.forEach(Variable::assign);
        }

        /** {@code output * r}, one a floating-point output. */
        private List<Tensor> terms(List<Tensor> arguments) {
            reset();
            List<Tensor> terms = new ArrayList<>();
            for (Tensor output : layer.apply(arguments, training)) {
                if (output.dtype() == DType.FLOAT64) {
                    if (outputWeights.size() == terms.size()) {
                        outputWeights.add(draw(output.shape()));
                    }
                    terms.add(Ops.multiply(output, Ops.tensor(outputWeights.get(terms.size()))));
                }
            }
            return terms;
        }

        private static Tensor total(List<Tensor> terms) {
            Tensor sum = Ops.constant(0, DType.FLOAT64);
            for (Tensor term : terms) {
                sum = Ops.add(sum, Ops.sum(term));
            }
            return sum;
        }

        private double moveInput(int input, HostArray direction, double step) {
            List<Tensor> arguments = new ArrayList<>();
            for (int i = 0; i < inputs.size(); i++) {
                arguments.add(Ops.tensor(i == input ? moved(inputs.get(i), direction, step) : inputs.get(i)));
            }
            return total(terms(arguments)).item();
        }

        private double moveWeight(Variable weight, HostArray direction, double step) {
            HostArray before = weight.toHost();
            start.put(weight, moved(before, direction, step));
            try {
                return total(terms(inputs.stream().map(Ops::tensor).toList())).item();
            } finally {
                start.put(weight, before);
                weight.assign(before);
            }
        }

        private static HostArray moved(HostArray values, HostArray direction, double step) {
            return HostArray.zeros(values.shape(), DType.FLOAT64)
                    .fill(index -> values.getDouble(index) + step * direction.getDouble(index));
        }
    }
}
