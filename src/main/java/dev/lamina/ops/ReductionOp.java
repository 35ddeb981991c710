package dev.lamina.ops;

import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Ops that combine the elements along axes. */
public sealed interface ReductionOp extends Op {
    /** How elements are combined. */
    enum Kind {
        SUM,
        MEAN,
        MAX,
        MIN
    }

    /**
     * Combines along some axes, in a fixed order. No axes means all. An empty sum is 0, an empty mean NaN; an empty
     * maximum or minimum is an error. bool may be reduced by MAX ("any") and MIN ("all").
     *
     * @param keepAxes whether the reduced axes stay, with size 1
     */
    record Reduce(Kind kind, List<Integer> axes, boolean keepAxes) implements ReductionOp {
        public Reduce {
            axes = List.copyOf(axes);
        }

        public static Reduce of(Kind kind, boolean keepAxes, int... axes) {
            return new Reduce(kind, java.util.Arrays.stream(axes).boxed().toList(), keepAxes);
        }

        @Override
        public String opName() {
            return "reduce_" + kind.name().toLowerCase(Locale.ROOT);
        }

        /** For each axis of a shape of that rank, whether it is reduced. */
        public boolean[] reduced(Shape shape) {
            boolean[] reduced = new boolean[shape.rank()];
            for (int axis : axes) {
                reduced[shape.axis(axis)] = true;
            }
            if (axes.isEmpty()) {
                java.util.Arrays.fill(reduced, true);
            }
            return reduced;
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 1);
            TensorSpec x = inputs.get(0);
            switch (kind) {
                case SUM -> Check.numeric(this, x);
                case MEAN -> Check.floating(this, x);
                case MAX, MIN -> {}
            }
            boolean[] reduced = reduced(x.shape());
            List<Integer> sizes = new ArrayList<>();
            for (int axis = 0; axis < reduced.length; axis++) {
                if (!reduced[axis]) {
                    sizes.add(x.shape().size(axis));
                    continue;
                }
                if (x.shape().size(axis) == 0 && (kind == Kind.MAX || kind == Kind.MIN)) {
                    throw new ShapeException("[" + opName() + "] expected at least one element along axis " + axis
                            + "; received " + x + ".");
                }
                if (keepAxes) {
                    sizes.add(1);
                }
            }
            Shape shape = Shape.of(sizes.stream().mapToInt(Integer::intValue).toArray());
            return List.of(new TensorSpec(shape, x.dtype()));
        }

        @Override
        public void vjp(Vjp vjp) {
            if (!vjp.needs(0)) {
                return;
            }
            Tensor x = vjp.input(0);
            Shape kept =
                    new Reduce(kind, axes, true).infer(List.of(x.spec())).get(0).shape();
            Tensor dy = vjp.apply(new ShapeOp.Reshape(kept), vjp.dy());
            ShapeOp.BroadcastTo spread = new ShapeOp.BroadcastTo(x.shape());
            switch (kind) {
                case SUM -> vjp.gradient(0, vjp.apply(spread, dy));
                case MEAN -> {
                    double count = (double) x.shape().elements() / Math.max(1, kept.elements());
                    vjp.gradient(0, vjp.apply(spread, vjp.scale(dy, 1 / count)));
                }
                case MAX, MIN -> {
                    // Equal extremes share the gradient evenly.
                    Tensor y = vjp.apply(new ShapeOp.Reshape(kept), vjp.output(0));
                    Tensor hit = vjp.apply(new ElementwiseOp.Cast(x.dtype()), vjp.apply(BinaryOp.EQUAL, x, y));
                    Tensor hits = vjp.apply(new Reduce(Kind.SUM, axes, true), hit);
                    vjp.gradient(0, vjp.multiply(hit, vjp.divide(dy, hits)));
                }
            }
        }
    }

    /**
     * The index of the first largest (or smallest) element along an axis, as int32; a NaN counts as largest (smallest).
     */
    record ArgReduce(boolean largest, int axis) implements ReductionOp {
        @Override
        public String opName() {
            return largest ? "argmax" : "argmin";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 1);
            TensorSpec x = Check.numeric(this, inputs.get(0));
            if (x.shape().size(axis) == 0) {
                throw new ShapeException("[" + opName() + "] expected at least one element along axis " + axis
                        + "; received " + x + ".");
            }
            return List.of(new TensorSpec(x.shape().drop(axis), DType.INT32));
        }

        @Override
        public void vjp(Vjp vjp) {
            // An index is piecewise constant: no gradient flows.
        }
    }
}
