package dev.lamina.ops;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Function;

/**
 * One use of an op: with which inputs, in which element types, and how exact the result must be. It does not know which
 * backend runs.
 *
 * @param ops the op for an element type; most are the same for all
 * @param dtypes the element types that the case runs in
 * @param reference the type of the run that others are compared with
 * @param differentiable the inputs whose gradient (of the first output) is checked
 */
record OpCase(
        String name,
        Function<DType, Op> ops,
        List<Input> inputs,
        List<DType> dtypes,
        DType reference,
        Accuracy accuracy,
        List<Integer> differentiable) {
    static final List<DType> FLOATS = List.of(DType.FLOAT32, DType.FLOAT64, DType.BFLOAT16, DType.FLOAT16);
    static final List<DType> INTEGERS = List.of(DType.INT32, DType.INT64, DType.UINT8);
    static final List<DType> ALL = List.of(DType.values());

    /**
     * @param fixed the type of an input that is of the same type whatever the case runs in: labels, indices, conditions
     */
    record Input(Shape shape, Optional<DType> fixed, Draw draw) {}

    static OpCase of(Op op) {
        return of(op.toString(), dtype -> op);
    }

    static OpCase of(String name, Function<DType, Op> ops) {
        return new OpCase(name, ops, List.of(), FLOATS, DType.FLOAT64, Accuracy.EXACT, List.of());
    }

    /** Another input of the type that the case runs in. */
    OpCase value(Shape shape, Draw draw) {
        return with(new Input(shape, Optional.empty(), draw));
    }

    /** Another input of a type of its own. */
    OpCase index(Shape shape, DType dtype, Draw draw) {
        return with(new Input(shape, Optional.of(dtype), draw));
    }

    private OpCase with(Input input) {
        List<Input> more = new ArrayList<>(inputs);
        more.add(input);
        return new OpCase(name, ops, more, dtypes, reference, accuracy, differentiable);
    }

    OpCase dtypes(List<DType> newTypes) {
        return new OpCase(name, ops, inputs, newTypes, reference, accuracy, differentiable);
    }

    OpCase dtypes(DType... newTypes) {
        return dtypes(List.of(newTypes));
    }

    OpCase reference(DType newReference) {
        return new OpCase(name, ops, inputs, dtypes, newReference, accuracy, differentiable);
    }

    OpCase accuracy(Accuracy newAccuracy) {
        return new OpCase(name, ops, inputs, dtypes, reference, newAccuracy, differentiable);
    }

    OpCase gradients(Integer... newDifferentiable) {
        return new OpCase(name, ops, inputs, dtypes, reference, accuracy, Arrays.asList(newDifferentiable));
    }

    /** The op in the type that it is compared with. */
    Op op() {
        return ops.apply(reference);
    }

    Op op(DType dtype) {
        return ops.apply(dtype);
    }

    List<TensorSpec> specs(DType dtype) {
        return inputs.stream()
                .map(input -> new TensorSpec(input.shape(), input.fixed().orElse(dtype)))
                .toList();
    }

    /** Draws the inputs; the same seed gives the same values. */
    List<HostArray> draw(DType dtype, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<HostArray> arrays = new ArrayList<>();
        for (Input input : inputs) {
            TensorSpec spec = new TensorSpec(input.shape(), input.fixed().orElse(dtype));
            arrays.add(input.draw().draw(spec, arrays, random));
        }
        return arrays;
    }

    /** Inputs that were drawn for another type, exactly converted to the type that results are compared with. */
    List<HostArray> toReference(List<HostArray> drawn) {
        List<HostArray> converted = new ArrayList<>();
        for (int i = 0; i < drawn.size(); i++) {
            converted.add(
                    inputs.get(i).fixed().isPresent()
                            ? drawn.get(i)
                            : drawn.get(i).cast(reference));
        }
        return converted;
    }

    /** The number of elements of all inputs together. */
    long elements() {
        return inputs.stream().mapToLong(input -> input.shape().elements()).sum();
    }

    @Override
    public String toString() {
        return name + " on "
                + inputs.stream().map(input -> input.shape().toString()).toList();
    }
}
