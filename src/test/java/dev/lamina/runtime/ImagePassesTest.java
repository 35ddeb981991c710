package dev.lamina.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.backend.Backends;
import dev.lamina.backend.Executable;
import dev.lamina.graph.Graph;
import dev.lamina.graph.Node;
import dev.lamina.graph.PlanTarget;
import dev.lamina.graph.Planner;
import dev.lamina.graph.Tracer;
import dev.lamina.graph.passes.Passes;
import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.ConvolutionOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.Op;
import dev.lamina.ops.PoolingOp;
import dev.lamina.ops.ReductionOp;
import dev.lamina.ops.UnaryBackwardOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.ops.Window;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What the passes do to convolution and pooling, and that results keep their bits. */
class ImagePassesTest {
    private static final PlanTarget FUSES = new PlanTarget() {
        @Override
        public long workspaceBytes(Op op, List<TensorSpec> inputs) {
            return 0;
        }

        @Override
        public boolean fuses(FusedOp op, List<TensorSpec> inputs) {
            return true;
        }
    };

    private final Tracer tracer = new Tracer();

    private Tensor call(Op op, Tensor... inputs) {
        return call(tracer, op, inputs);
    }

    private static Tensor call(Tracer tracer, Op op, Tensor... inputs) {
        List<TensorSpec> specs = Arrays.stream(inputs).map(Tensor::spec).toList();
        return tracer.call(op, op.opName(), inputs, op.infer(specs)).get(0);
    }

    private Tensor input(int... sizes) {
        return tracer.input("input", new TensorSpec(Shape.of(sizes), DType.FLOAT32));
    }

    /** The ops that are left when only one pass runs, and what is dead goes. */
    private List<String> after(String pass, Tensor... outputs) {
        return after(Set.of(pass, "dead-nodes"), outputs);
    }

    private List<String> after(Set<String> passes, Tensor... outputs) {
        Set<String> others = new HashSet<>(Passes.names());
        others.removeAll(passes);
        return Passes.optimize(tracer.finish(List.of(outputs)), FUSES, others).nodes().stream()
                .map(Node::kind)
                .filter(Node.Call.class::isInstance)
                .map(kind -> ((Node.Call) kind).op().opName())
                .toList();
    }

    private Tensor pooled(Tensor relu, Window window) {
        return call(new PoolingOp.MaxPool(window), relu);
    }

    private Tensor gradient(Tensor relu, Tensor pooled, Window window) {
        Tensor dy = tracer.input("dy", pooled.spec());
        Tensor gradient = call(new PoolingOp.MaxPoolBackward(window), relu, pooled, dy);
        return call(UnaryBackwardOp.RELU_BACKWARD, relu, gradient);
    }

    @Test
    void poolingComesBeforeRelu() {
        Window window = Window.of(2, 2).strides(2);
        Tensor relu = call(UnaryOp.RELU, call(UnaryOp.EXP, input(2, 6, 6, 3)));
        Tensor pooled = pooled(relu, window);
        assertThat(after("pool-before-relu", pooled)).containsExactly("exp", "max_pool", "relu");
    }

    @Test
    void soDoTheirGradients() {
        Window window = Window.of(2, 2).strides(2);
        Tensor relu = call(UnaryOp.RELU, input(2, 6, 6, 3));
        Tensor pooled = pooled(relu, window);
        assertThat(after("pool-before-relu", pooled, gradient(relu, pooled, window)))
                .containsExactly("max_pool", "relu", "relu_backward", "max_pool_backward");
    }

    @Test
    void reluThatIsNeededElsewhereStays() {
        Window window = Window.of(2, 2).strides(2);
        Tensor relu = call(UnaryOp.RELU, input(2, 6, 6, 3));
        assertThat(after("pool-before-relu", pooled(relu, window), call(UnaryOp.EXP, relu)))
                .containsExactly("relu", "max_pool", "exp");
        assertThat(after("pool-before-relu", pooled(relu, window), relu)).containsExactly("relu", "max_pool");
    }

    @Test
    void aGradientThatIsNeededElsewhereStays() {
        Window window = Window.of(2, 2).strides(2);
        Tensor relu = call(UnaryOp.RELU, input(2, 6, 6, 3));
        Tensor pooled = pooled(relu, window);
        Tensor dy = tracer.input("dy", pooled.spec());
        Tensor gradient = call(new PoolingOp.MaxPoolBackward(window), relu, pooled, dy);
        Tensor dx = call(UnaryBackwardOp.RELU_BACKWARD, relu, gradient);
        assertThat(after("pool-before-relu", pooled, dx, gradient))
                .containsExactly("relu", "max_pool", "max_pool_backward", "relu_backward");
    }

    @Test
    void convolutionAndBiasBecomeOne() {
        Tensor y = call(new ConvolutionOp.Conv(Window.of(3, 3), 1), input(2, 6, 6, 3), input(3, 3, 3, 4));
        assertThat(after("fuse-convolution", call(UnaryOp.RELU, call(BinaryOp.ADD, y, input(4)))))
                .containsExactly("biased_conv", "relu");
    }

    @Test
    void aConvolutionThatIsNeededStays() {
        Tensor y = call(new ConvolutionOp.Conv(Window.of(3, 3), 1), input(2, 6, 6, 3), input(3, 3, 3, 4));
        assertThat(after("fuse-convolution", call(BinaryOp.ADD, y, input(4)), y))
                .containsExactly("conv", "add");
        Tensor z = call(new ConvolutionOp.Conv(Window.of(3, 3), 1), input(2, 6, 6, 3), input(3, 3, 3, 4));
        assertThat(after("fuse-convolution", call(BinaryOp.ADD, z, input(4, 1))))
                .containsExactly("conv", "add");
    }

    private Tensor convolution() {
        return call(new FusedOp.Convolution(Window.of(3, 3), 1), input(2, 6, 6, 3), input(3, 3, 3, 4), input(4));
    }

    @Test
    void aConvolutionAndItsPoolingBecomeOne() {
        Window window = Window.of(2, 2).strides(2);
        assertThat(after("fuse-pooling", call(UnaryOp.EXP, pooled(convolution(), window))))
                .containsExactly("pooled_conv", "exp");
        assertThat(after("fuse-pooling", call(UnaryOp.RELU, pooled(convolution(), window))))
                .containsExactly("pooled_conv");
    }

    @Test
    void whatIsPooledStaysWhereItIsNeeded() {
        Window window = Window.of(2, 2).strides(2);
        Tensor y = convolution();
        assertThat(after("fuse-pooling", pooled(y, window), call(UnaryOp.EXP, y)))
                .containsExactly("pooled_conv", "exp");
        Tensor pooled = pooled(convolution(), window);
        assertThat(after("fuse-pooling", call(UnaryOp.RELU, pooled), pooled)).containsExactly("pooled_conv", "relu");
    }

    /** A convolution with relu and pooling, and the gradients of all its weights. */
    private record Training(Tensor pooled, Tensor pool, Tensor kernel, Tensor bias, Tensor images) {
        static Training of(Tracer tracer, TensorSpec spec, int filters, Window window, boolean relu) {
            Tensor x = tracer.input("x", spec);
            Tensor kernel = tracer.input(
                    "kernel", new TensorSpec(Shape.of(3, 3, spec.shape().size(-1), filters), DType.FLOAT32));
            Tensor bias = tracer.input("bias", new TensorSpec(Shape.of(filters), DType.FLOAT32));
            ConvolutionOp.Conv conv = new ConvolutionOp.Conv(Window.of(3, 3), 1);
            Tensor sum = call(tracer, BinaryOp.ADD, call(tracer, conv, x, kernel), bias);
            Tensor places = relu ? call(tracer, UnaryOp.RELU, sum) : sum;
            Tensor pooled = call(tracer, new PoolingOp.MaxPool(window), places);
            Tensor dy = tracer.input("dy", pooled.spec());
            Tensor pool = call(tracer, new PoolingOp.MaxPoolBackward(window), places, pooled, dy);
            Tensor dSum = relu ? call(tracer, UnaryBackwardOp.RELU_BACKWARD, places, pool) : pool;
            return new Training(
                    pooled,
                    dSum,
                    call(tracer, new ConvolutionOp.KernelBackward(Window.of(3, 3), 1, kernel.shape()), x, dSum),
                    call(tracer, ReductionOp.Reduce.of(ReductionOp.Kind.SUM, true, 0, 1, 2), dSum),
                    call(tracer, new ConvolutionOp.InputBackward(Window.of(3, 3), 1, spec.shape()), kernel, dSum));
        }
    }

    private static final Set<String> FOR_POOLING =
            Set.of("pool-before-relu", "fuse-convolution", "fuse-pooling", "dead-nodes");

    private List<String> whenPoolingIsFused(Tensor... outputs) {
        return after(FOR_POOLING, outputs);
    }

    private Training training(Window window, boolean relu) {
        return Training.of(tracer, new TensorSpec(Shape.of(2, 9, 8, 3), DType.FLOAT32), 4, window, relu);
    }

    @Test
    void theGradientsOfAConvolutionAndItsPoolingBecomeOne() {
        for (boolean relu : new boolean[] {false, true}) {
            Training all = training(Window.of(2, 2).strides(2), relu);
            assertThat(whenPoolingIsFused(all.pooled, all.kernel, all.bias, all.images))
                    .containsExactly("pooled_conv", "pooled_conv_backward", "reshape");
            all = training(Window.of(2, 2).strides(2), relu);
            assertThat(whenPoolingIsFused(all.pooled, all.kernel, all.bias))
                    .containsExactly("pooled_conv", "pooled_conv_backward", "reshape");
        }
    }

    @Test
    void theGradientOfThePlacesStaysWhereItIsNeeded() {
        Training all = training(Window.of(2, 2).strides(2), true);
        assertThat(whenPoolingIsFused(all.pooled, all.kernel, all.bias, all.pool))
                .containsExactly(
                        "pooled_conv",
                        "relu",
                        "relu_backward",
                        "max_pool_backward",
                        "conv_kernel_backward",
                        "reduce_sum");
        all = training(Window.of(2, 2).strides(2), true);
        assertThat(whenPoolingIsFused(all.pooled, all.kernel, all.images))
                .as("without a gradient of the bias")
                .containsExactly(
                        "pooled_conv",
                        "relu",
                        "relu_backward",
                        "max_pool_backward",
                        "conv_kernel_backward",
                        "conv_input_backward");
    }

    @Test
    void windowsThatOverlapKeepWhatIsPooled() {
        Training all = training(Window.of(3, 3).strides(2), true);
        assertThat(whenPoolingIsFused(all.pooled, all.kernel, all.bias))
                .containsExactly(
                        "pooled_conv",
                        "relu",
                        "relu_backward",
                        "max_pool_backward",
                        "conv_kernel_backward",
                        "reduce_sum");
    }

    /** Some sizes the CPU backend computes by the fused op, some it leaves to single ones. */
    @Test
    void gradientsKeepTheirBits() {
        int[][] sizes = {
            {16, 28, 28, 1, 32},
            {13, 28, 28, 1, 32},
            {8, 13, 13, 6, 64},
            {20, 13, 12, 32, 20},
            {64, 13, 13, 4, 64},
            {3, 9, 9, 3, 13},
            {1, 30, 30, 6, 32}
        };
        long seed = 100;
        for (int[] size : sizes) {
            for (boolean relu : new boolean[] {false, true}) {
                for (boolean images : new boolean[] {false, true}) {
                    Tracer one = new Tracer();
                    TensorSpec x = new TensorSpec(Shape.of(size[0], size[1], size[2], size[3]), DType.FLOAT32);
                    Training all = Training.of(one, x, size[4], Window.of(2, 2).strides(2), relu);
                    List<Tensor> outputs = new ArrayList<>(List.of(all.pooled, all.kernel, all.bias));
                    if (images) {
                        outputs.add(all.images);
                    }
                    assertSameBits(one.finish(outputs), seed++);
                }
            }
        }
    }

    private static void assertSameBits(Graph graph, long seed) {
        List<HostArray> plain = run(graph, Set.of("all"), seed);
        List<HostArray> optimized = run(graph, Set.of(), seed);
        for (int i = 0; i < plain.size(); i++) {
            assertThat(Arrays.mismatch(bits(optimized.get(i)), bits(plain.get(i))))
                    .as("seed %d: the first element that differs in result %d of\n%s", seed, i, graph)
                    .isEqualTo(-1);
        }
    }

    /** One NaN is as good as another: which operand's a sum has is up to the order of an instruction's operands. */
    private static int[] bits(HostArray values) {
        return Arrays.stream(values.toDoubleArray())
                .mapToInt(value -> Float.floatToIntBits((float) value))
                .toArray();
    }

    /** Small whole numbers give many equal maxima; NaN and infinities come in too. */
    @Test
    void allKeepsItsBits() {
        int[][] sizes = {{3, 9, 9, 1, 32}, {5, 8, 11, 16, 13}, {2, 13, 13, 32, 64}, {1, 7, 6, 3, 1}, {43, 13, 9, 6, 32}
        };
        List<Window> windows = List.of(
                Window.of(2, 2).strides(2),
                Window.of(3, 3).strides(2).padding(Window.Padding.SAME),
                Window.of(2, 1).strides(3, 1));
        long seed = 0;
        for (int[] size : sizes) {
            for (Window window : windows) {
                Tracer one = new Tracer();
                TensorSpec x = new TensorSpec(Shape.of(size[0], size[1], size[2], size[3]), DType.FLOAT32);
                Graph graph = network(one, x, size[4], window, seed % 2 == 0);
                assertSameBits(graph, seed++);
            }
        }
    }

    private static Graph network(Tracer tracer, TensorSpec spec, int filters, Window window, boolean trains) {
        Training all = Training.of(tracer, spec, filters, window, true);
        return tracer.finish(trains ? List.of(all.pooled, all.pool) : List.of(all.pooled));
    }

    private static List<HostArray> run(Graph graph, Set<String> off, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] rare = {Float.NaN, -0f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
        List<HostArray> results = new ArrayList<>();
        try (Executable executable = Backends.current()
                .compile(Planner.plan(Passes.optimize(graph, Backends.current(), off), Backends.current()))) {
            for (int turn = 0; turn < 2; turn++) {
                boolean special = turn == 1;
                for (int i = 0; i < graph.inputs().size(); i++) {
                    Operand input = executable.input(i);
                    HostArray values = HostArray.zeros(input.shape(), input.dtype())
                            .fill(at -> special && random.nextInt(200) == 0
                                    ? rare[random.nextInt(4)]
                                    : special ? random.nextInt(-2, 3) : random.nextGaussian());
                    input.buffer().upload(input.offset(), values.data());
                }
                executable.run();
                for (int i = 0; i < graph.outputs().size(); i++) {
                    Operand output = executable.output(i);
                    HostArray values = HostArray.zeros(output.shape(), output.dtype());
                    output.buffer().download(output.offset(), values.data());
                    results.add(values);
                }
            }
        }
        return results;
    }
}
