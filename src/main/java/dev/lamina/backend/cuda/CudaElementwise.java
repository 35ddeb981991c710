package dev.lamina.backend.cuda;

import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.ElementwiseOp;
import dev.lamina.ops.UnaryBackwardOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;

/**
 * Elementwise ops: one launch each. Inputs of one element and vectors along the last axis have kernels of their own.
 */
final class CudaElementwise {
    private static final String BIAS = "bias_add";
    private static final String WHERE = "where";
    private static final String WHERE_BROADCAST = "where_broadcast";

    private final CudaLauncher launcher;
    private final KernelTable<ElementwiseOp> same;
    private final KernelTable<ElementwiseOp> broadcast;
    private final KernelTable<ElementwiseOp> rows;
    private final KernelTable<String> casts;
    private final KernelTable<String> typed;
    private final KernelTable<String> sized;

    CudaElementwise(CudaLauncher launcher) {
        this.launcher = launcher;
        KernelLibrary library = launcher.library();
        same = new KernelTable<>(library, (op, type, _) -> op.opName() + "_" + KernelTable.type(type));
        broadcast = new KernelTable<>(library, (op, type, _) -> op.opName() + "_broadcast_" + KernelTable.type(type));
        rows = new KernelTable<>(library, (op, type, _) -> op.opName() + "_rows_" + KernelTable.type(type));
        casts = KernelTable.twiceTyped(library);
        typed = KernelTable.typed(library);
        sized = KernelTable.sized(library);
    }

    void run(ElementwiseOp op, Operand[] inputs, Operand[] outputs) {
        Operand y = outputs[0];
        switch (op) {
            case UnaryOp unary -> unary(unary, inputs[0], y);
            case UnaryBackwardOp backward -> backward(backward, inputs[0], inputs[1], y);
            case BinaryOp binary -> binary(binary, inputs[0], inputs[1], y);
            case ElementwiseOp.Select _ -> select(inputs[0], inputs[1], inputs[2], y);
            case ElementwiseOp.Cast _ -> cast(inputs[0], y);
        }
    }

    private void unary(UnaryOp op, Operand x, Operand y) {
        if (op == UnaryOp.IDENTITY) {
            launcher.copy(x, y);
            return;
        }
        long n = y.shape().elements();
        launcher.start(same.get(op, x.dtype())).pointer(x).pointer(y).i64(n).overElements(n);
    }

    private void backward(UnaryBackwardOp op, Operand saved, Operand dy, Operand dx) {
        long n = dx.shape().elements();
        launcher.start(same.get(op, dx.dtype()))
                .pointer(saved)
                .pointer(dy)
                .pointer(dx)
                .i64(n)
                .overElements(n);
    }

    private void cast(Operand x, Operand y) {
        if (x.dtype() == y.dtype()) {
            launcher.copy(x, y);
            return;
        }
        long n = y.shape().elements();
        launcher.start(casts.get("cast", x.dtype(), y.dtype()))
                .pointer(x)
                .pointer(y)
                .i64(n)
                .overElements(n);
    }

    private void binary(BinaryOp op, Operand a, Operand b, Operand y) {
        long n = y.shape().elements();
        if (n == 0) {
            return;
        }
        if (isFlat(a, n) && isFlat(b, n)) {
            launcher.start(same.get(op, a.dtype()))
                    .pointer(a)
                    .pointer(b)
                    .pointer(y)
                    .i64(n)
                    .i32(scalar(a, n, 1) | scalar(b, n, 2))
                    .overElements(n);
        } else if (hasRowKernel(op, a.dtype()) && a.shape().elements() == n && isRow(b, y.shape())) {
            addRow(op, a, b, y, false);
        } else if (hasRowKernel(op, a.dtype()) && b.shape().elements() == n && isRow(a, y.shape())) {
            addRow(op, b, a, y, true);
        } else {
            CudaStrides strides = strides(y.shape(), a, b);
            launcher.start(broadcast.get(op, a.dtype()))
                    .pointer(a)
                    .pointer(b)
                    .pointer(y)
                    .strides(strides)
                    .i64(n)
                    .overElements(n);
        }
    }

    /** {@code y = x op v}, or {@code v op x}, for each row of x. */
    private void addRow(BinaryOp op, Operand x, Operand v, Operand y, boolean left) {
        long columns = v.shape().elements();
        long n = y.shape().elements();
        if (op == BinaryOp.ADD && v.shape().rank() == 1) {
            launcher.start(typed.get(BIAS, y.dtype()))
                    .pointer(x)
                    .pointer(v)
                    .pointer(y)
                    .i64(n / columns)
                    .i64(columns)
                    .overElements(n);
        } else {
            launcher.start(rows.get(op, y.dtype()))
                    .pointer(x)
                    .pointer(v)
                    .pointer(y)
                    .i64(n / columns)
                    .i64(columns)
                    .i32(left ? 1 : 0)
                    .overElements(n);
        }
    }

    private void select(Operand condition, Operand a, Operand b, Operand y) {
        long n = y.shape().elements();
        if (n == 0) {
            return;
        }
        if (isFlat(condition, n) && isFlat(a, n) && isFlat(b, n)) {
            launcher.start(sized.get(WHERE, y.dtype()))
                    .pointer(condition)
                    .pointer(a)
                    .pointer(b)
                    .pointer(y)
                    .i64(n)
                    .i32(scalar(condition, n, 1) | scalar(a, n, 2) | scalar(b, n, 4))
                    .overElements(n);
        } else {
            launcher.start(sized.get(WHERE_BROADCAST, y.dtype()))
                    .pointer(condition)
                    .pointer(a)
                    .pointer(b)
                    .pointer(y)
                    .strides(strides(y.shape(), condition, a, b))
                    .i64(n)
                    .overElements(n);
        }
    }

    /** Whether the input is read in the output's order, or is one element. */
    private static boolean isFlat(Operand x, long n) {
        long elements = x.shape().elements();
        return elements == n || elements == 1;
    }

    private static int scalar(Operand x, long n, int flag) {
        return n != 1 && x.shape().elements() == 1 ? flag : 0;
    }

    private static boolean hasRowKernel(BinaryOp op, DType dtype) {
        return dtype.isFloating()
                && (op == BinaryOp.ADD || op == BinaryOp.SUBTRACT || op == BinaryOp.MULTIPLY || op == BinaryOp.DIVIDE);
    }

    /** Whether v is repeated along leading axes only. */
    private static boolean isRow(Operand v, Shape y) {
        Shape shape = v.shape();
        int first = 0;
        while (first < shape.rank() && shape.size(first) == 1) {
            first++;
        }
        Shape row = shape.slice(first, shape.rank());
        return row.equals(y.slice(y.rank() - row.rank(), y.rank()));
    }

    private static CudaStrides strides(Shape shape, Operand... inputs) {
        long[][] strides = new long[inputs.length][];
        for (int i = 0; i < inputs.length; i++) {
            strides[i] = CudaStrides.broadcast(inputs[i].shape(), shape);
        }
        return CudaStrides.of(shape.sizes(), strides);
    }
}
