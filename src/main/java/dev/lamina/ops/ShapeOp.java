package dev.lamina.ops;

import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Ops that move elements without changing them. */
public sealed interface ShapeOp extends Op {
    /**
     * Another shape of as many elements, sharing the memory. One axis of the target may be unknown and is worked out;
     * more of them where axes of the input are unknown, too, so that only shapes are inferred, or {@link #at} tells
     * what they are.
     */
    record Reshape(Shape target) implements ShapeOp {
        @Override
        public String opName() {
            return "reshape";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 1);
            TensorSpec x = inputs.get(0);
            int unknown = -1;
            long known = 1;
            for (int axis = 0; axis < target.rank(); axis++) {
                if (target.size(axis) != Shape.UNKNOWN) {
                    known *= target.size(axis);
                } else if (unknown >= 0 && x.shape().isFullyKnown()) {
                    throw new ShapeException("[reshape] expected at most one unknown axis; received " + target + ".");
                } else {
                    unknown = axis;
                }
            }
            if (!x.shape().isFullyKnown()) {
                return List.of(new TensorSpec(target, x.dtype()));
            }
            long elements = x.shape().elements();
            boolean fits = unknown < 0 ? known == elements : known != 0 && elements % known == 0;
            if (!fits) {
                throw new ShapeException("[reshape] expected a shape of " + elements + " elements for " + x
                        + "; received " + target + ".");
            }
            Shape shape = unknown < 0 ? target : target.withSize(unknown, Math.toIntExact(elements / known));
            return List.of(new TensorSpec(shape, x.dtype()));
        }

        /**
         * What this is for an input of the shape {@code is} where it was made for one of the shape {@code was}: the
         * target's unknown axes are the input's, in their order, if as many elements lie between them in both.
         */
        public Reshape at(Shape was, Shape is) {
            int[] from = unknown(was);
            int[] to = unknown(target);
            boolean same = from.length == to.length && was.isCompatibleWith(is);
            for (int i = 0; same && i <= from.length; i++) {
                same = between(was, from, i) == between(target, to, i);
            }
            Shape shape = target;
            for (int i = 0; same && i < from.length; i++) {
                shape = shape.withSize(to[i], is.size(from[i]));
            }
            return new Reshape(shape);
        }

        private static int[] unknown(Shape shape) {
            return IntStream.range(0, shape.rank())
                    .filter(axis -> shape.size(axis) == Shape.UNKNOWN)
                    .toArray();
        }

        private static long between(Shape shape, int[] axes, int i) {
            return shape.elements(i == 0 ? 0 : axes[i - 1] + 1, i == axes.length ? shape.rank() : axes[i]);
        }

        @Override
        public void vjp(Vjp vjp) {
            if (vjp.needs(0)) {
                vjp.gradient(0, vjp.apply(new Reshape(vjp.input(0).shape()), vjp.dy()));
            }
        }
    }

    /** Repeats a tensor along new leading axes and axes of size 1, to the target shape. */
    record BroadcastTo(Shape target) implements ShapeOp {
        @Override
        public String opName() {
            return "broadcast_to";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 1);
            TensorSpec x = inputs.get(0);
            Shape result = Shape.broadcast(opName(), x.shape(), target);
            if (!result.isCompatibleWith(target)) {
                throw new ShapeException(
                        "[broadcast_to] expected a shape that " + x + " can be repeated to; received " + target + ".");
            }
            return List.of(new TensorSpec(target, x.dtype()));
        }

        @Override
        public void vjp(Vjp vjp) {
            if (vjp.needs(0)) {
                vjp.broadcastGradient(0, vjp.dy());
            }
        }
    }

    /** Axis {@code i} of the result is axis {@code axes[i]} of the input. */
    record Transpose(List<Integer> axes) implements ShapeOp {
        public Transpose {
            axes = List.copyOf(axes);
        }

        @Override
        public String opName() {
            return "transpose";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 1);
            Shape shape = inputs.get(0).shape();
            boolean[] seen = new boolean[shape.rank()];
            int[] sizes = new int[axes.size()];
            boolean valid = axes.size() == shape.rank();
            for (int i = 0; valid && i < sizes.length; i++) {
                int axis = axes.get(i);
                valid = axis >= 0 && axis < seen.length && !seen[axis];
                if (valid) {
                    seen[axis] = true;
                    sizes[i] = shape.size(axis);
                }
            }
            if (!valid) {
                throw new ShapeException(
                        "[transpose] expected each axis of " + shape + " once; received " + axes + ".");
            }
            return List.of(new TensorSpec(Shape.of(sizes), inputs.get(0).dtype()));
        }

        @Override
        public void vjp(Vjp vjp) {
            if (vjp.needs(0)) {
                Integer[] inverse = new Integer[axes.size()];
                for (int i = 0; i < inverse.length; i++) {
                    inverse[axes.get(i)] = i;
                }
                vjp.gradient(0, vjp.apply(new Transpose(List.of(inverse)), vjp.dy()));
            }
        }
    }

    /**
     * The box of {@code sizes} elements that begins at {@code starts}; a size may be unknown, meaning all that is left.
     */
    record Slice(List<Integer> starts, List<Integer> sizes) implements ShapeOp {
        public Slice {
            starts = List.copyOf(starts);
            sizes = List.copyOf(sizes);
        }

        @Override
        public String opName() {
            return "slice";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 1);
            Shape shape = inputs.get(0).shape();
            int[] result = new int[shape.rank()];
            boolean valid = starts.size() == result.length && sizes.size() == result.length;
            for (int axis = 0; valid && axis < result.length; axis++) {
                int size = shape.size(axis);
                int start = starts.get(axis);
                int wanted = sizes.get(axis);
                result[axis] = wanted != Shape.UNKNOWN ? wanted : size == Shape.UNKNOWN ? Shape.UNKNOWN : size - start;
                valid = start >= 0 && (size == Shape.UNKNOWN || start + result[axis] <= size && result[axis] >= 0);
            }
            if (!valid) {
                throw new ShapeException("[slice] expected a box inside " + shape + "; received starts " + starts
                        + " and sizes " + sizes + ".");
            }
            return List.of(new TensorSpec(Shape.of(result), inputs.get(0).dtype()));
        }

        @Override
        public void vjp(Vjp vjp) {
            if (vjp.needs(0)) {
                Shape x = vjp.input(0).shape();
                Shape y = vjp.dy().shape();
                List<Integer> after = new ArrayList<>();
                for (int axis = 0; axis < x.rank(); axis++) {
                    after.add(x.size(axis) - starts.get(axis) - y.size(axis));
                }
                vjp.gradient(0, vjp.apply(new Pad(starts, after, 0), vjp.dy()));
            }
        }
    }

    /** Adds {@code before} and {@code after} elements of one value along each axis. */
    record Pad(List<Integer> before, List<Integer> after, double value) implements ShapeOp {
        public Pad {
            before = List.copyOf(before);
            after = List.copyOf(after);
        }

        @Override
        public String opName() {
            return "pad";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 1);
            Shape shape = inputs.get(0).shape();
            boolean valid = before.size() == shape.rank()
                    && after.size() == shape.rank()
                    && before.stream().allMatch(n -> n >= 0)
                    && after.stream().allMatch(n -> n >= 0);
            if (!valid) {
                throw new ShapeException("[pad] expected two amounts of at least 0 for each axis of " + shape
                        + "; received " + before + " before and " + after + " after.");
            }
            int[] sizes = shape.sizes();
            for (int axis = 0; axis < sizes.length; axis++) {
                if (sizes[axis] != Shape.UNKNOWN) {
                    sizes[axis] += before.get(axis) + after.get(axis);
                }
            }
            return List.of(new TensorSpec(Shape.of(sizes), inputs.get(0).dtype()));
        }

        @Override
        public void vjp(Vjp vjp) {
            if (vjp.needs(0)) {
                List<Integer> sizes = new ArrayList<>();
                for (int size : vjp.input(0).shape().sizes()) {
                    sizes.add(size);
                }
                vjp.gradient(0, vjp.apply(new Slice(before, sizes), vjp.dy()));
            }
        }
    }

    /** Joins tensors that agree on all other axes along one axis. */
    record Concat(int axis) implements ShapeOp {
        @Override
        public String opName() {
            return "concat";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            if (inputs.isEmpty()) {
                throw new ShapeException("[concat] expected at least one tensor; received none.");
            }
            TensorSpec first = inputs.get(0);
            int at = first.shape().axis(axis);
            int size = 0;
            for (TensorSpec input : inputs) {
                Check.sameDType(this, first, input);
                if (input.shape().rank() != first.shape().rank()
                        || !input.shape()
                                .drop(at)
                                .isCompatibleWith(first.shape().drop(at))) {
                    throw new ShapeException(
                            "[concat] expected shapes that agree on all axes but " + at + "; received " + inputs + ".");
                }
                int more = input.shape().size(at);
                size = size == Shape.UNKNOWN || more == Shape.UNKNOWN ? Shape.UNKNOWN : size + more;
            }
            return List.of(new TensorSpec(first.shape().withSize(at, size), first.dtype()));
        }

        @Override
        public void vjp(Vjp vjp) {
            Shape y = vjp.dy().shape();
            int at = y.axis(axis);
            int from = 0;
            for (int input = 0; from < y.size(at); input++) {
                Shape x = vjp.input(input).shape();
                if (vjp.needs(input)) {
                    List<Integer> starts = new ArrayList<>();
                    List<Integer> sizes = new ArrayList<>();
                    for (int i = 0; i < x.rank(); i++) {
                        starts.add(i == at ? from : 0);
                        sizes.add(x.size(i));
                    }
                    vjp.gradient(input, vjp.apply(new Slice(starts, sizes), vjp.dy()));
                }
                from += x.size(at);
            }
        }
    }
}
