package dev.lamina.ops;

import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.List;

/** Ops driven by integer indices. */
public sealed interface IndexOp extends Op {
    /**
     * Entries of the first axis: {@code (rows, ...)} and indices of any shape give {@code indices.shape + (...)}. An
     * index outside {@code [0, rows)} is an error on the CPU and gives NaN (or 0 for integers) on CUDA.
     */
    record Gather() implements IndexOp {
        @Override
        public String opName() {
            return "gather";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 2);
            Shape table = inputs.get(0).shape();
            Check.integer(this, "indices", inputs.get(1));
            table.axis(0);
            Shape shape =
                    inputs.get(1).shape().append(table.slice(1, table.rank()).sizes());
            return List.of(new TensorSpec(shape, inputs.get(0).dtype()));
        }

        @Override
        public void vjp(Vjp vjp) {
            if (vjp.needs(0)) {
                int rows = vjp.input(0).shape().size(0);
                vjp.gradient(0, vjp.apply(new ScatterAdd(rows), vjp.input(1), vjp.dy()));
            }
        }
    }

    /**
     * The gradient of {@link Gather}: adds the entries of {@code dy}, in their order, to the rows their indices name,
     * of a table of zeros. Inputs {@code (indices, dy)}.
     */
    record ScatterAdd(int rows) implements IndexOp {
        @Override
        public String opName() {
            return "scatter_add";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 2);
            Check.integer(this, "indices", inputs.get(0));
            TensorSpec dy = Check.floating(this, inputs.get(1));
            Shape indices = inputs.get(0).shape();
            int rank = indices.rank();
            if (dy.shape().rank() < rank || !dy.shape().slice(0, rank).isCompatibleWith(indices)) {
                throw new ShapeException(
                        "[scatter_add] expected a gradient whose shape begins with that of the indices; " + "received "
                                + inputs.get(0) + " and " + dy + ".");
            }
            Shape entry = dy.shape().slice(rank, dy.shape().rank());
            return List.of(new TensorSpec(entry.prepend(rows), dy.dtype()));
        }

        @Override
        public void vjp(Vjp vjp) {
            if (vjp.needs(1)) {
                vjp.gradient(1, vjp.apply(new Gather(), vjp.dy(), vjp.input(0)));
            }
        }
    }

    /** 1 at the index along a new last axis of size {@code depth}, 0 elsewhere; all 0 for an index outside of it. */
    record OneHot(int depth, DType dtype) implements IndexOp {
        @Override
        public String opName() {
            return "one_hot";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 1);
            TensorSpec indices = Check.integer(this, "indices", inputs.get(0));
            return List.of(new TensorSpec(indices.shape().append(depth), dtype));
        }

        @Override
        public void vjp(Vjp vjp) {
            // Indices are integers: no gradient flows.
        }
    }
}
