package dev.lamina.ops;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.DTypeException;
import dev.lamina.errors.LaminaException;
import dev.lamina.errors.ShapeException;
import dev.lamina.ops.ReductionOp.Kind;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the shape and type rules say when an op is misused. */
class OpErrorTest {
    private static final Window WINDOW = Window.of(3, 3);

    private static TensorSpec f32(int... sizes) {
        return new TensorSpec(Shape.of(sizes), DType.FLOAT32);
    }

    private static TensorSpec of(DType dtype, int... sizes) {
        return new TensorSpec(Shape.of(sizes), dtype);
    }

    private static void refuses(Op op, Class<? extends LaminaException> type, String message, TensorSpec... inputs) {
        assertThatThrownBy(() -> op.infer(List.of(inputs))).isInstanceOf(type).hasMessage(message);
    }

    @Test
    void matmul() {
        Op matmul = new MatrixOp.Matmul(false, false);
        refuses(
                matmul,
                DTypeException.class,
                "[matmul] expected the same dtype on both sides; received float32 (64, 784) and bfloat16 (784, 10). "
                        + "Cast one with Ops.cast.",
                f32(64, 784),
                of(DType.BFLOAT16, 784, 10));
        refuses(
                matmul,
                ShapeException.class,
                "[matmul] expected the same inner size on both sides; received (64, 784) and (128, 10): 784 "
                        + "against 128.",
                f32(64, 784),
                f32(128, 10));
        refuses(
                new MatrixOp.Matmul(true, false),
                ShapeException.class,
                "[matmul] expected the same inner size on both sides; received (64, 784) transposed and (128, 10): "
                        + "64 against 128.",
                f32(64, 784),
                f32(128, 10));
        refuses(
                matmul,
                ShapeException.class,
                "[matmul] expected tensors of rank 2 or more; received (784,) and (784, 10).",
                f32(784),
                f32(784, 10));
        refuses(
                matmul,
                ShapeException.class,
                "[matmul] expected shapes that broadcast (aligned at the last axis, sizes equal or 1); received "
                        + "(2,) and (3,).",
                f32(2, 4, 5),
                f32(3, 5, 6));
        refuses(
                matmul,
                DTypeException.class,
                "[matmul] expected a floating-point tensor; received int32 (2, 2). Convert it with Ops.cast.",
                of(DType.INT32, 2, 2),
                of(DType.INT32, 2, 2));
    }

    @Test
    void elementwise() {
        refuses(
                BinaryOp.ADD,
                ShapeException.class,
                "[add] expected shapes that broadcast (aligned at the last axis, sizes equal or 1); received "
                        + "(4, 6) and (4,).",
                f32(4, 6),
                f32(4));
        refuses(
                BinaryOp.MULTIPLY,
                DTypeException.class,
                "[multiply] expected the same dtype on both sides; received float32 (4,) and float64 (4,). "
                        + "Cast one with Ops.cast.",
                f32(4),
                of(DType.FLOAT64, 4));
        refuses(
                BinaryOp.DIVIDE,
                DTypeException.class,
                "[divide] expected a floating-point tensor; received int64 (4,). Convert it with Ops.cast.",
                of(DType.INT64, 4),
                of(DType.INT64, 4));
        refuses(
                BinaryOp.LOGICAL_AND,
                DTypeException.class,
                "[logical_and] expected a bool tensor; received float32 (4,). "
                        + "Compare it with something, for instance Ops.notEqual(x, zero).",
                f32(4),
                f32(4));
        refuses(
                BinaryOp.ADD,
                DTypeException.class,
                "[add] expected numbers; received bool (4,). Convert it with Ops.cast.",
                of(DType.BOOL, 4),
                of(DType.BOOL, 4));
        refuses(
                UnaryOp.EXP,
                DTypeException.class,
                "[exp] expected a floating-point tensor; received uint8 (4,). Convert it with Ops.cast.",
                of(DType.UINT8, 4));
        refuses(
                UnaryBackwardOp.RELU_BACKWARD,
                ShapeException.class,
                "[relu_backward] expected tensors of the same shape; received [float32 (4,), float32 (5,)].",
                f32(4),
                f32(5));
        refuses(
                UnaryBackwardOp.RELU_BACKWARD,
                DTypeException.class,
                "[relu_backward] expected a floating-point tensor; received int32 (4,). Convert it with Ops.cast.",
                of(DType.INT32, 4),
                of(DType.INT32, 4));
        refuses(
                new SourceOp.Range(0, 4, DType.BOOL),
                DTypeException.class,
                "[range] expected numbers; received bool (4,). Convert it with Ops.cast.");
        refuses(
                new ElementwiseOp.Select(),
                DTypeException.class,
                "[where] expected a bool tensor; received float32 (4,). "
                        + "Compare it with something, for instance Ops.notEqual(x, zero).",
                f32(4),
                f32(4),
                f32(4));
        refuses(UnaryOp.EXP, ShapeException.class, "[exp] expected 1 inputs; received 0: [].");
    }

    @Test
    void reductions() {
        refuses(
                ReductionOp.Reduce.of(Kind.SUM, false, 2),
                ShapeException.class,
                "[Shape] expected an axis of a rank 2 shape, from -2 to 1; received axis 2 of (4, 6).",
                f32(4, 6));
        refuses(
                ReductionOp.Reduce.of(Kind.MAX, false, 1),
                ShapeException.class,
                "[reduce_max] expected at least one element along axis 1; received float32 (4, 0).",
                f32(4, 0));
        refuses(
                ReductionOp.Reduce.of(Kind.MEAN, false),
                DTypeException.class,
                "[reduce_mean] expected a floating-point tensor; received int32 (4,). Convert it with Ops.cast.",
                of(DType.INT32, 4));
        refuses(
                new ReductionOp.ArgReduce(true, 0),
                ShapeException.class,
                "[argmax] expected at least one element along axis 0; received float32 (0, 3).",
                f32(0, 3));
    }

    @Test
    void shapes() {
        refuses(
                new ShapeOp.Reshape(Shape.of(5, 5)),
                ShapeException.class,
                "[reshape] expected a shape of 24 elements for float32 (4, 6); received (5, 5).",
                f32(4, 6));
        refuses(
                new ShapeOp.Reshape(Shape.of(-1, -1)),
                ShapeException.class,
                "[reshape] expected at most one unknown axis; received (None, None).",
                f32(4, 6));
        refuses(
                new ShapeOp.Transpose(List.of(0, 0)),
                ShapeException.class,
                "[transpose] expected each axis of (4, 6) once; received [0, 0].",
                f32(4, 6));
        refuses(
                new ShapeOp.BroadcastTo(Shape.of(4)),
                ShapeException.class,
                "[broadcast_to] expected a shape that float32 (6, 4) can be repeated to; received (4,).",
                f32(6, 4));
        refuses(
                new ShapeOp.Slice(List.of(2, 0), List.of(3, 6)),
                ShapeException.class,
                "[slice] expected a box inside (4, 6); received starts [2, 0] and sizes [3, 6].",
                f32(4, 6));
        refuses(
                new ShapeOp.Slice(List.of(5), List.of(Shape.UNKNOWN)),
                ShapeException.class,
                "[slice] expected a box inside (4,); received starts [5] and sizes [-1].",
                f32(4));
        refuses(
                new ShapeOp.Pad(List.of(-1), List.of(0), 0),
                ShapeException.class,
                "[pad] expected two amounts of at least 0 for each axis of (4,); received [-1] before and [0] after.",
                f32(4));
        refuses(
                new ShapeOp.Concat(1),
                ShapeException.class,
                "[concat] expected shapes that agree on all axes but 1; received [float32 (4, 6), float32 (5, 6)].",
                f32(4, 6),
                f32(5, 6));
        refuses(new ShapeOp.Concat(0), ShapeException.class, "[concat] expected at least one tensor; received none.");
    }

    @Test
    void indices() {
        refuses(
                new IndexOp.Gather(),
                DTypeException.class,
                "[gather] expected indices of an integer type; received float32 (4,). Convert them with Ops.cast.",
                f32(7, 3),
                f32(4));
        refuses(
                new SoftmaxOp.SparseCrossEntropy(),
                DTypeException.class,
                "[sparse_softmax_cross_entropy] expected labels of an integer type; received float32 (4,). "
                        + "Convert them with Ops.cast.",
                f32(4, 10),
                f32(4));
        refuses(
                new IndexOp.OneHot(5, DType.FLOAT32),
                DTypeException.class,
                "[one_hot] expected indices of an integer type; received bool (4,). Convert them with Ops.cast.",
                of(DType.BOOL, 4));
        refuses(
                new IndexOp.ScatterAdd(5),
                ShapeException.class,
                "[scatter_add] expected a gradient whose shape begins with that of the indices; received int32 "
                        + "(4, 2) and "
                        + "float32 (4,).",
                of(DType.INT32, 4, 2),
                f32(4));
    }

    @Test
    void rowsAndImages() {
        refuses(
                new SoftmaxOp.CrossEntropy(),
                ShapeException.class,
                "[softmax_cross_entropy] expected tensors of the same shape; received float32 (4, 10) and "
                        + "float32 (4, 9).",
                f32(4, 10),
                f32(4, 9));
        refuses(
                new SoftmaxOp.SparseCrossEntropy(),
                ShapeException.class,
                "[sparse_softmax_cross_entropy] expected tensors of the same shape; received float32 (4,) and "
                        + "int32 (5,).",
                f32(4, 10),
                of(DType.INT32, 5));
        refuses(
                new NormalizationOp.BatchNorm(1e-3),
                ShapeException.class,
                "[batch_norm] expected at least one row to take statistics of; received float32 (0, 4).",
                f32(0, 4),
                f32(4),
                f32(4));
        refuses(
                new NormalizationOp.LayerNorm(1e-3),
                ShapeException.class,
                "[layer_norm] expected rows of at least one element; received float32 (4, 0).",
                f32(4, 0),
                f32(0),
                f32(0));
        refuses(
                new ConvolutionOp.Conv(WINDOW, 1),
                ShapeException.class,
                "[conv] expected images of rank 4; received float32 (28, 28, 1).",
                f32(28, 28, 1),
                f32(3, 3, 1, 8));
        refuses(
                new ConvolutionOp.Conv(WINDOW, 2),
                ShapeException.class,
                "[conv] expected a kernel (..., channels / groups, filters), filters a multiple of groups; "
                        + "received images (1, 8, 8, 4), kernel (3, 3, 4, 6), groups 2.",
                f32(1, 8, 8, 4),
                f32(3, 3, 4, 6));
        refuses(
                new ConvolutionOp.Conv(WINDOW, 1),
                ShapeException.class,
                "[conv] expected a kernel of the window's size (3, 3); received kernel (5, 5, 4, 6).",
                f32(1, 8, 8, 4),
                f32(5, 5, 4, 6));
        refuses(
                new PoolingOp.MaxPool(WINDOW),
                ShapeException.class,
                "[max_pool] expected images at least as large as the window (3, 3) with dilation (1, 1); received "
                        + "(1, 2, 8, 4). Use padding \"same\" or a smaller window.",
                f32(1, 2, 8, 4));
        refuses(
                new ConvolutionOp.InputBackward(WINDOW, 1, Shape.of(1, 8, 8, 4)),
                ShapeException.class,
                "[conv_input_backward] expected a gradient of shape (1, 6, 6, 5) for images (1, 8, 8, 4) and kernel "
                        + "(3, 3, 4, 5); received float32 (1, 8, 8, 5).",
                f32(3, 3, 4, 5),
                f32(1, 8, 8, 5));
        refuses(
                new PoolingOp.AveragePoolBackward(WINDOW, Shape.of(1, 8, 8, 4)),
                ShapeException.class,
                "[average_pool_backward] expected a gradient of shape (1, 6, 6, 4) for images (1, 8, 8, 4); received "
                        + "float32 (1, 6, 6, 5).",
                f32(1, 6, 6, 5));
        refuses(
                new RandomOp.Uniform(Shape.of(4), DType.FLOAT32),
                ShapeException.class,
                "[random_uniform] expected the state of a seed generator, int64 (2,); received int32 (2,).",
                of(DType.INT32, 2));
    }

    @Test
    void windows() {
        assertThatThrownBy(() -> Window.of(3, 3).strides(0, 1).padding(Window.Padding.SAME))
                .isInstanceOf(ShapeException.class)
                .hasMessage(
                        "[window] expected sizes, strides and dilations of at least 1; received size (3, 3), strides "
                                + "(0, 1), dilation (1, 1).");
        assertThatThrownBy(() -> Window.of(3, 3).strides(1, 2, 3))
                .isInstanceOf(ShapeException.class)
                .hasMessage("[window] expected strides for 2 axes, or one for all; received [1, 2, 3].");
        assertThatThrownBy(() -> Window.of(1, 1, 1, 1))
                .isInstanceOf(ShapeException.class)
                .hasMessage("[window] expected 1 to 3 axes; received 4.");
        assertThatThrownBy(() -> Window.of(3).padding(new Window.Fixed(-1, 0)))
                .isInstanceOf(ShapeException.class)
                .hasMessage("[window] expected no negative padding; received [Fixed[before=-1, after=0]].");
    }
}
