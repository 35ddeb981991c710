package dev.lamina.ops;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;
import java.util.List;

/** Where ops are emitted: runs them, or records them. Lets gradient rules and definitions be written with other ops. */
public interface OpSink {
    List<Tensor> applyAll(Op op, Tensor... inputs);

    default Tensor apply(Op op, Tensor... inputs) {
        return applyAll(op, inputs).get(0);
    }

    /** A scalar. */
    default Tensor constant(double value, DType dtype) {
        return apply(new SourceOp.Fill(dev.lamina.tensor.Shape.scalar(), dtype, value));
    }

    default Tensor add(Tensor a, Tensor b) {
        return apply(BinaryOp.ADD, a, b);
    }

    default Tensor subtract(Tensor a, Tensor b) {
        return apply(BinaryOp.SUBTRACT, a, b);
    }

    default Tensor multiply(Tensor a, Tensor b) {
        return apply(BinaryOp.MULTIPLY, a, b);
    }

    default Tensor divide(Tensor a, Tensor b) {
        return apply(BinaryOp.DIVIDE, a, b);
    }

    default Tensor negate(Tensor a) {
        return apply(UnaryOp.NEGATE, a);
    }

    /** {@code a * factor}. */
    default Tensor scale(Tensor a, double factor) {
        return multiply(a, constant(factor, a.dtype()));
    }

    /** {@code a + amount}. */
    default Tensor offset(Tensor a, double amount) {
        return add(a, constant(amount, a.dtype()));
    }
}
