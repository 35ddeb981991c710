package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.lamina.ops.ConvolutionOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.MatrixOp;
import dev.lamina.ops.Op;
import dev.lamina.ops.PoolingOp;
import dev.lamina.ops.ReductionOp;
import dev.lamina.ops.SoftmaxOp;
import dev.lamina.ops.UnaryBackwardOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.ops.Window;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Kernels that are bound once: they give the same in each run, and make no garbage. */
class BoundKernelsTest {
    private static final Window POOL = Window.of(2, 2).strides(2);

    private final Runner runner = new Runner(1);

    private void check(Op op, HostArray... inputs) {
        List<TensorSpec> specs = Arrays.stream(inputs).map(HostArray::spec).toList();
        Operand[] in = Arrays.stream(inputs).map(runner::upload).toArray(Operand[]::new);
        Operand[] out = op.infer(specs).stream()
                .map(spec -> runner.upload(HostArray.zeros(spec.shape(), spec.dtype())))
                .toArray(Operand[]::new);
        int scratch = (int) runner.backend.workspaceBytes(op, specs);
        Operand workspace = runner.upload(HostArray.zeros(Shape.of(scratch), DType.UINT8));
        Runnable kernel = runner.backend.prepare(op, in, out, workspace);
        kernel.run();
        List<HostArray> first = Arrays.stream(out).map(Runner::download).toList();
        // A method handle is compiled after so many calls, which makes garbage once.
        for (int i = 0; i < 300; i++) {
            kernel.run();
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().threadId();
        threads.getThreadAllocatedBytes(thread);
        // The JVM makes some hundreds of bytes now and then while it compiles; a kernel's own are in every stretch.
        long garbage = Long.MAX_VALUE;
        for (int stretch = 0; stretch < 5; stretch++) {
            long before = threads.getThreadAllocatedBytes(thread);
            for (int i = 0; i < 20; i++) {
                kernel.run();
            }
            garbage = Math.min(garbage, threads.getThreadAllocatedBytes(thread) - before);
        }
        assertThat(garbage).as("bytes of garbage in 20 runs of %s", op).isLessThan(200);
        for (int i = 0; i < out.length; i++) {
            assertThat(Runner.download(out[i]).data().mismatch(first.get(i).data()))
                    .as("%s", op)
                    .isEqualTo(-1);
        }
        List<Operand> all = new ArrayList<>(Arrays.asList(in));
        all.addAll(Arrays.asList(out));
        all.add(workspace);
        all.forEach(operand -> operand.buffer().free());
    }

    private static HostArray floats(int... sizes) {
        return Runner.random(1, DType.FLOAT32, sizes);
    }

    @Test
    void reductions() {
        for (int[] axes : new int[][] {{}, {0}, {1}, {0, 1}, {0, 2}}) {
            check(new ReductionOp.Reduce(ReductionOp.Kind.SUM, axes(axes), true), floats(13, 207, 6));
            check(new ReductionOp.Reduce(ReductionOp.Kind.MAX, axes(axes), true), floats(13, 207, 6));
        }
        check(new ReductionOp.ArgReduce(true, 1), floats(13, 207));
    }

    private static List<Integer> axes(int... axes) {
        return Arrays.stream(axes).boxed().toList();
    }

    @Test
    void softmaxAndCrossEntropy() {
        HostArray x = floats(13, 10);
        HostArray labels = Runner.random(2, DType.BOOL, 13).cast(DType.INT32);
        HostArray rows = floats(13);
        check(new SoftmaxOp.Softmax(), x);
        check(new SoftmaxOp.LogSoftmax(), x);
        check(new SoftmaxOp.SoftmaxBackward(), x, x);
        check(new SoftmaxOp.SparseCrossEntropy(), x, labels);
        check(new SoftmaxOp.SparseCrossEntropyBackward(), x, labels, rows, rows);
        check(new SoftmaxOp.CrossEntropy(), x, x);
        check(new SoftmaxOp.CrossEntropyBackward(), x, x, rows, rows);
    }

    @Test
    void products() {
        for (int[] shape : new int[][] {{1, 300, 207}, {13, 6, 4}, {64, 1, 32}, {64, 32, 32}}) {
            HostArray a = floats(shape[0], shape[2]);
            HostArray b = floats(shape[2], shape[1]);
            HostArray y = floats(shape[0], shape[1]);
            check(new MatrixOp.Matmul(false, false), a, b);
            check(new MatrixOp.Matmul(true, false), a, y);
            check(new FusedOp.Linear(false, false, Optional.of(UnaryOp.RELU)), a, b, floats(shape[1]));
            check(new FusedOp.Linear(false, false, Optional.of(UnaryOp.TANH)), a, b, floats(shape[1]));
            check(new FusedOp.GatedProduct(false, true), y, b, a);
            check(new FusedOp.LinearBackward(), a, y);
        }
    }

    @Test
    void convolution() {
        Window window = Window.of(3, 3);
        HostArray x = floats(13, 8, 8, 16);
        HostArray kernel = floats(3, 3, 16, 32);
        HostArray dy = floats(13, 6, 6, 32);
        check(new ConvolutionOp.Conv(window, 1), x, kernel);
        check(new ConvolutionOp.InputBackward(window, 1, x.shape()), kernel, dy);
        check(new ConvolutionOp.KernelBackward(window, 1, kernel.shape()), x, dy);
    }

    @Test
    void poolingAndRelu() {
        HostArray x = floats(5, 8, 6, 13);
        HostArray y = runner.run(new PoolingOp.MaxPool(POOL), x);
        check(new PoolingOp.MaxPool(POOL), x);
        check(new PoolingOp.MaxPoolBackward(POOL), x, y, y);
        check(UnaryOp.RELU, x);
        check(UnaryBackwardOp.RELU_BACKWARD, x, x);
    }
}
