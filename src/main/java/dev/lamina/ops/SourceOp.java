package dev.lamina.ops;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.List;

/** Ops without inputs. */
public sealed interface SourceOp extends Op {
    /** A tensor of one value. */
    record Fill(Shape shape, DType dtype, double value) implements SourceOp {
        @Override
        public String opName() {
            return "fill";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 0);
            return List.of(new TensorSpec(shape, dtype));
        }

        @Override
        public void vjp(Vjp vjp) {
            // No inputs, no gradient.
        }
    }

    /** {@code start, start + 1, ...}, {@code count} of them. */
    record Range(int start, int count, DType dtype) implements SourceOp {
        @Override
        public String opName() {
            return "range";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 0);
            return List.of(Check.numeric(this, new TensorSpec(Shape.of(count), dtype)));
        }

        @Override
        public void vjp(Vjp vjp) {
            // No inputs, no gradient.
        }
    }
}
