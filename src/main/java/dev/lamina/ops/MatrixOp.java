package dev.lamina.ops;

import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.List;

/** Ops on matrices. */
public sealed interface MatrixOp extends Op {
    /**
     * The matrix product over the last two axes, {@code (..., m, k) x (..., k, n) -> (..., m, n)}; leading axes are
     * broadcast. A transposed side is given as {@code (..., k, m)} or {@code (..., n, k)}.
     */
    record Matmul(boolean transposeA, boolean transposeB) implements MatrixOp {
        @Override
        public String opName() {
            return "matmul";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 2);
            TensorSpec a = Check.floating(this, inputs.get(0));
            TensorSpec b = Check.floating(this, inputs.get(1));
            Check.sameDType(this, a, b);
            if (a.shape().rank() < 2 || b.shape().rank() < 2) {
                throw new ShapeException("[matmul] expected tensors of rank 2 or more; received " + a.shape() + " and "
                        + b.shape() + ".");
            }
            int left = a.shape().size(transposeA ? -2 : -1);
            int right = b.shape().size(transposeB ? -1 : -2);
            if (left != right && left != Shape.UNKNOWN && right != Shape.UNKNOWN) {
                throw new ShapeException("[matmul] expected the same inner size on both sides; received "
                        + a.shape() + (transposeA ? " transposed" : "") + " and " + b.shape()
                        + (transposeB ? " transposed" : "") + ": " + left + " against " + right + ".");
            }
            Shape batch = Shape.broadcast("matmul", batch(a.shape()), batch(b.shape()));
            Shape shape =
                    batch.append(a.shape().size(transposeA ? -1 : -2), b.shape().size(transposeB ? -2 : -1));
            return List.of(new TensorSpec(shape, a.dtype()));
        }

        private static Shape batch(Shape shape) {
            return shape.slice(0, shape.rank() - 2);
        }

        @Override
        public void vjp(Vjp vjp) {
            Tensor a = vjp.input(0);
            Tensor b = vjp.input(1);
            Tensor dy = vjp.dy();
            if (vjp.needs(0)) {
                // dA = dY Bt, or its transpose B dYt where A was given transposed.
                Tensor da = transposeA
                        ? vjp.apply(new Matmul(transposeB, true), b, dy)
                        : vjp.apply(new Matmul(false, !transposeB), dy, b);
                vjp.broadcastGradient(0, da);
            }
            if (vjp.needs(1)) {
                if (!transposeA && b.shape().rank() == 2 && a.shape().rank() > 2) {
                    // One product over all rows instead of a batch of products that is then summed.
                    a = vjp.apply(rows(a.shape()), a);
                    dy = vjp.apply(rows(dy.shape()), dy);
                }
                Tensor db = transposeB
                        ? vjp.apply(new Matmul(true, transposeA), dy, a)
                        : vjp.apply(new Matmul(!transposeA, false), a, dy);
                vjp.broadcastGradient(1, db);
            }
        }

        private static ShapeOp.Reshape rows(Shape shape) {
            return new ShapeOp.Reshape(Shape.of(Math.toIntExact(shape.elements(0, shape.rank() - 1)), shape.size(-1)));
        }
    }
}
