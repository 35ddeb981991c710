package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.ElementwiseOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.IndexOp;
import dev.lamina.ops.Op;
import dev.lamina.ops.ReductionOp;
import dev.lamina.ops.SequenceBuilder;
import dev.lamina.ops.ShapeOp;
import dev.lamina.ops.SoftmaxOp;
import dev.lamina.tensor.Buffer;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A sequence of ops along rows gives the bits of its ops run one by one, in one launch. */
@ExtendWith(SimulatedDevice.class)
final class RowProgramCudaTest {
    private static final int[][] SIZES = {
        {1, 1}, {1, 10}, {7, 1}, {70, 10}, {9, 32}, {3, 33}, {2, 128}, {2, 129}, {1, 207}, {2, 1024}
    };
    private static final ReductionOp.Reduce SUM = ReductionOp.Reduce.of(ReductionOp.Kind.SUM, false, -1);

    @AfterEach
    void wholeGrids() {
        CudaTests.backend().launcher().limitGrid(Integer.MAX_VALUE);
    }

    /** What works along rows. */
    static Stream<Op> rowOps() {
        return Stream.of(
                SUM,
                ReductionOp.Reduce.of(ReductionOp.Kind.MEAN, true, -1),
                ReductionOp.Reduce.of(ReductionOp.Kind.MAX, false, -1),
                ReductionOp.Reduce.of(ReductionOp.Kind.MIN, false, -1),
                new ReductionOp.ArgReduce(true, -1),
                new ReductionOp.ArgReduce(false, -1),
                new IndexOp.OneHot(1, DType.FLOAT32),
                new SoftmaxOp.Softmax(),
                new SoftmaxOp.LogSoftmax(),
                new SoftmaxOp.SoftmaxBackward(),
                new SoftmaxOp.SparseCrossEntropy(),
                new SoftmaxOp.SparseCrossEntropyBackward(),
                new SoftmaxOp.CrossEntropy(),
                new SoftmaxOp.CrossEntropyBackward());
    }

    /** Arguments for an op on rows of that many columns. */
    private static HostArray[] arguments(Op op, int rows, int columns) {
        Random random = new Random(rows + columns);
        HostArray x = CudaTests.random(1, rows, columns);
        HostArray y = CudaTests.random(2, rows, columns);
        HostArray row = CudaTests.random(3, rows);
        HostArray other = CudaTests.random(4, rows);
        // One label in eight names no column.
        HostArray labels = HostArray.zeros(Shape.of(rows), DType.INT32)
                .fill(_ -> random.nextInt(8) == 0 ? columns : random.nextInt(columns));
        return switch (op) {
            case IndexOp.OneHot _ -> new HostArray[] {labels};
            case SoftmaxOp.SoftmaxBackward _, SoftmaxOp.CrossEntropy _ -> new HostArray[] {x, y};
            case SoftmaxOp.SparseCrossEntropy _ -> new HostArray[] {x, labels};
            case SoftmaxOp.SparseCrossEntropyBackward _ -> new HostArray[] {x, labels, row, other};
            case SoftmaxOp.CrossEntropyBackward _ -> new HostArray[] {x, y, row, other};
            default -> new HostArray[] {x};
        };
    }

    /** One op on its inputs as a sequence. */
    private static FusedOp.Sequence sequence(Op op, HostArray... inputs) {
        TensorSpec[] specs = specs(inputs);
        SequenceBuilder ops = new SequenceBuilder(specs);
        int first = ops.add(op, numbers(inputs.length));
        int results = op.infer(List.of(specs)).size();
        return ops.giving(IntStream.range(first, first + results).boxed().toArray(Integer[]::new));
    }

    private static TensorSpec[] specs(HostArray... inputs) {
        return Arrays.stream(inputs).map(HostArray::spec).toArray(TensorSpec[]::new);
    }

    private static Integer[] numbers(int count) {
        return IntStream.range(0, count).boxed().toArray(Integer[]::new);
    }

    private static void assertSameBits(Op op, FusedOp.Sequence sequence, HostArray... inputs) {
        List<HostArray> expected = CudaTests.runAll(op, inputs);
        long before = CudaTests.backend().library().launches("row_program");
        List<HostArray> actual = CudaTests.runAll(sequence, inputs);
        assertThat(CudaTests.backend().library().launches("row_program") - before)
                .isEqualTo(1);
        for (int i = 0; i < actual.size(); i++) {
            assertThat(ElementwiseChainCudaTest.bytes(actual.get(i)))
                    .as("result %d of %s on %s", i, sequence, sequence.inputs())
                    .isEqualTo(ElementwiseChainCudaTest.bytes(expected.get(i)));
        }
    }

    @ParameterizedTest
    @MethodSource("rowOps")
    void anOpAloneGivesItsOwnBits(Op op) {
        for (int[] size : SIZES) {
            boolean nothing = size[1] == 1 && op instanceof ReductionOp.Reduce;
            Op fitting = op instanceof IndexOp.OneHot ? new IndexOp.OneHot(size[1], DType.FLOAT32) : op;
            for (DType dtype : List.of(DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16)) {
                HostArray[] inputs = Arrays.stream(arguments(fitting, size[0], size[1]))
                        .map(input -> input.dtype().isFloating() ? input.cast(dtype) : input)
                        .toArray(HostArray[]::new);
                if (!nothing) {
                    assertSameBits(fitting, sequence(fitting, inputs), inputs);
                }
            }
        }
    }

    @Test
    void fewerBlocksGiveTheSame() {
        CudaTests.backend().launcher().limitGrid(2);
        for (int[] size : new int[][] {{70, 10}, {5, 207}}) {
            HostArray[] inputs = arguments(new SoftmaxOp.Softmax(), size[0], size[1]);
            assertSameBits(new SoftmaxOp.Softmax(), sequence(new SoftmaxOp.Softmax(), inputs), inputs);
        }
    }

    /** An elementwise op, beside a sum, which says what a row is. */
    private static FusedOp.Sequence besideSum(ElementwiseOp op, HostArray... inputs) {
        HostArray[] all = Arrays.copyOf(inputs, inputs.length + 1);
        all[inputs.length] = HostArray.zeros(inputs[0].shape(), DType.FLOAT32);
        SequenceBuilder ops = new SequenceBuilder(specs(all));
        ops.add(SUM, inputs.length);
        return ops.giving(ops.add(op, numbers(inputs.length)));
    }

    static List<ElementwiseChainCudaTest.Single> singles() {
        return ElementwiseChainCudaTest.singles();
    }

    @ParameterizedTest
    @MethodSource("singles")
    void anElementwiseOpGivesItsOwnBits(ElementwiseChainCudaTest.Single single) {
        for (int[] size : new int[][] {{3, 10}, {2, 207}}) {
            Random random = new Random(size[1]);
            HostArray[] inputs = single.types().stream()
                    .map(type -> ElementwiseChainCudaTest.values(type, random, size))
                    .toArray(HostArray[]::new);
            FusedOp.Sequence sequence = besideSum(single.op(), inputs);
            if (CudaRows.of(sequence).isPresent()) {
                HostArray[] all = Arrays.copyOf(inputs, inputs.length + 1);
                all[inputs.length] = HostArray.zeros(Shape.of(size), DType.FLOAT32);
                assertThat(ElementwiseChainCudaTest.bytes(CudaTests.run(sequence, all)))
                        .as("%s on %s", single, Shape.of(size))
                        .isEqualTo(ElementwiseChainCudaTest.bytes(CudaTests.run(single.op(), inputs)));
            }
        }
    }

    @Test
    void onlyLongCodeIsLeftOut() {
        Set<String> leftOut = new HashSet<>();
        for (ElementwiseChainCudaTest.Single single : singles()) {
            HostArray[] inputs = single.types().stream()
                    .map(type -> HostArray.zeros(Shape.of(2, 3), type))
                    .toArray(HostArray[]::new);
            if (CudaRows.of(besideSum(single.op(), inputs)).isEmpty()) {
                leftOut.add(single.op().opName());
            }
        }
        assertThat(leftOut)
                .containsExactlyInAnyOrder(
                        "expm1",
                        "sin",
                        "cos",
                        "erf",
                        "gelu",
                        "gelu_tanh",
                        "floor_divide",
                        "mod",
                        "power",
                        "gelu_backward",
                        "gelu_tanh_backward",
                        "silu_backward");
    }

    @Test
    void theKernelCountsItsCodesTheSameWay() throws IOException {
        String source = Files.readString(Path.of("cuda-kernels", "chain.cuh"));
        Matcher codes = Pattern.compile("enum RowCode \\{([^}]*)\\}").matcher(source);
        assertThat(codes.find()).isTrue();
        assertThat(codes.group(1).replaceAll("\\s+", "").replace("=128", "").split(","))
                .isEqualTo(Arrays.stream(RowCode.values()).map(Enum::name).toArray());
        assertThat(RowCode.ROW_F32.number()).isEqualTo(128);
    }

    /** Shapes that are repeated over (7, 6, 5, 4). */
    static Stream<Shape> repeated() {
        return ElementwiseChainCudaTest.repeated();
    }

    @ParameterizedTest
    @MethodSource("repeated")
    void anInputIsRepeatedOverTheMatrixAndItsRows(Shape shape) {
        HostArray x = CudaTests.random(1, 7, 6, 5, 4);
        HostArray v = CudaTests.random(2, shape.sizes());
        SequenceBuilder ops = new SequenceBuilder(specs(x, v));
        int product = ops.add(BinaryOp.MULTIPLY, 0, 1);
        int sum = ops.add(SUM, product);
        assertRepeated(ops.giving(product, sum), x, v);
        // The same shape once more, over a result of one element a row.
        if (shape.rank() < 4) {
            HostArray rows = CudaTests.random(3, 7, 6, 5, 4, 3);
            SequenceBuilder over = new SequenceBuilder(specs(rows, v));
            int sums = over.add(SUM, 0);
            assertRepeated(over.giving(over.add(BinaryOp.ADD, 1, sums)), rows, v);
        }
    }

    private static void assertRepeated(FusedOp.Sequence sequence, HostArray... inputs) {
        assertThat(CudaRows.of(sequence)).isPresent();
        List<HostArray> actual = CudaTests.runAll(sequence, inputs);
        List<HostArray> values = new ArrayList<>(List.of(inputs));
        for (FusedOp.Sequence.Step one : sequence.steps()) {
            values.addAll(CudaTests.runAll(
                    one.op(), one.arguments().stream().map(values::get).toArray(HostArray[]::new)));
        }
        for (int i = 0; i < actual.size(); i++) {
            assertThat(ElementwiseChainCudaTest.bytes(actual.get(i)))
                    .as("result %d of %s on %s", i, sequence, sequence.inputs())
                    .isEqualTo(ElementwiseChainCudaTest.bytes(
                            values.get(sequence.outputs().get(i))));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 6, 128, 207})
    void resultsOfOneRowMayLieOverItsInputs(int count) {
        HostArray x = CudaTests.random(1, count);
        HostArray total = CudaTests.random(2, 1);
        SequenceBuilder ops = new SequenceBuilder(specs(x, total));
        int sum = ops.add(ReductionOp.Reduce.of(ReductionOp.Kind.SUM, true), 0);
        int more = ops.add(BinaryOp.ADD, 1, sum);
        int scaled = ops.add(BinaryOp.MULTIPLY, 0, 1);
        FusedOp.Sequence sequence = ops.giving(scaled, more);
        List<HostArray> expected = CudaTests.runAll(sequence, x, total);
        CudaBackend backend = CudaTests.backend();
        assertThat(backend.overwrites(sequence, 1, 1)).isTrue();
        Buffer first = backend.allocate(x.data().byteSize());
        Buffer second = backend.allocate(Float.BYTES);
        first.upload(0, x.data());
        second.upload(0, total.data());
        Operand[] operands = {new Operand(first, 0, x.spec()), new Operand(second, 0, total.spec())};
        backend.run(sequence, operands, operands, new Operand(first, 0, new TensorSpec(Shape.of(0), DType.UINT8)));
        for (int i = 0; i < operands.length; i++) {
            assertThat(ElementwiseChainCudaTest.bytes(CudaTests.download(operands[i])))
                    .isEqualTo(ElementwiseChainCudaTest.bytes(expected.get(i)));
        }
        first.free();
        second.free();
    }

    @Test
    void whatDoesNotFitTheKernelIsNotFused() {
        Op softmax = new SoftmaxOp.Softmax();
        assertThat(CudaRows.of(sequence(softmax, zeros(DType.FLOAT32, 2, 1024))))
                .isPresent();
        assertThat(CudaRows.of(sequence(softmax, zeros(DType.FLOAT32, 2, 1025))))
                .isEmpty();
        assertThat(CudaRows.of(sequence(softmax, zeros(DType.FLOAT32, 1 << 14, 10))))
                .isEmpty();
        assertThat(CudaRows.of(sequence(softmax, zeros(DType.FLOAT64, 2, 10)))).isEmpty();
        Op loss = new SoftmaxOp.SparseCrossEntropy();
        HostArray logits = zeros(DType.FLOAT32, 2, 10);
        assertThat(CudaRows.of(sequence(loss, logits, zeros(DType.UINT8, 2)))).isPresent();
        assertThat(CudaRows.of(sequence(loss, logits, zeros(DType.INT64, 2)))).isEmpty();
        Op columns = ReductionOp.Reduce.of(ReductionOp.Kind.SUM, false, 0);
        assertThat(CudaRows.of(sequence(columns, logits))).isEmpty();
        assertThat(CudaRows.of(sequence(new ReductionOp.ArgReduce(true, 0), logits)))
                .isEmpty();

        SequenceBuilder two = new SequenceBuilder(specs(logits));
        int rows = two.add(SUM, 0);
        int all = two.add(ReductionOp.Reduce.of(ReductionOp.Kind.SUM, false), rows);
        assertThat(CudaRows.of(two.giving(rows, all))).as("along two axes").isEmpty();
        SequenceBuilder outside = new SequenceBuilder(specs(logits));
        int reshaped = outside.add(new ShapeOp.Reshape(Shape.of(20)), 0);
        assertThat(CudaRows.of(outside.giving(reshaped, outside.add(SUM, 0))))
                .as("an input as a result")
                .isEmpty();
    }

    private static HostArray zeros(DType dtype, int... sizes) {
        return HostArray.zeros(Shape.of(sizes), dtype);
    }
}
