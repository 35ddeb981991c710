package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.ElementwiseOp;
import dev.lamina.ops.FusedOp.Elementwise;
import dev.lamina.ops.FusedOp.Elementwise.Constant;
import dev.lamina.ops.FusedOp.Elementwise.Instruction;
import dev.lamina.ops.UnaryBackwardOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.Buffer;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A chain of elementwise ops gives the bits of its ops run one by one, in one launch. */
@ExtendWith(SimulatedDevice.class)
final class ElementwiseChainCudaTest {
    /** An op and the types of its arguments. */
    record Single(ElementwiseOp op, List<DType> types) {
        @Override
        public String toString() {
            return op.opName() + types + (op instanceof ElementwiseOp.Cast cast ? " to " + cast.dtype() : "");
        }
    }

    private static boolean accepts(ElementwiseOp op, List<DType> types) {
        try {
            op.infer(types.stream()
                    .map(type -> new TensorSpec(Shape.of(1), type))
                    .toList());
            return true;
        } catch (RuntimeException e) {
            return false;
        }
    }

    /** Every op with all types that chains read, if the op takes them and computes what chains compute. */
    static List<Single> singles() {
        List<DType> read = List.of(DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16, DType.INT32, DType.UINT8, DType.BOOL);
        List<ElementwiseOp> ops = new ArrayList<>(List.of(UnaryOp.values()));
        ops.addAll(List.of(UnaryBackwardOp.values()));
        ops.addAll(List.of(BinaryOp.values()));
        ops.add(new ElementwiseOp.Cast(DType.FLOAT32));
        ops.add(new ElementwiseOp.Cast(DType.BFLOAT16));
        ops.add(new ElementwiseOp.Cast(DType.FLOAT16));
        ops.add(new ElementwiseOp.Cast(DType.BOOL));
        List<Single> singles = new ArrayList<>();
        for (ElementwiseOp op : ops) {
            int arguments = op instanceof BinaryOp || op instanceof UnaryBackwardOp ? 2 : 1;
            for (DType type : read) {
                List<DType> types =
                        IntStream.range(0, arguments).mapToObj(_ -> type).toList();
                if (accepts(op, types)) {
                    singles.add(new Single(op, types));
                }
            }
        }
        singles.add(new Single(new ElementwiseOp.Select(), List.of(DType.BOOL, DType.FLOAT32, DType.FLOAT32)));
        singles.add(new Single(new ElementwiseOp.Select(), List.of(DType.BOOL, DType.BOOL, DType.BOOL)));
        return singles.stream()
                .filter(single -> CudaChain.fits(chain(Shape.of(1), single.types(), single.op())))
                .toList();
    }

    /** One op on its inputs as a chain. */
    private static Elementwise chain(Shape shape, List<DType> types, ElementwiseOp op) {
        List<Integer> arguments = IntStream.range(0, types.size()).boxed().toList();
        return new Elementwise(shape, types, List.of(), List.of(new Instruction(op, arguments)), List.of(types.size()));
    }

    static HostArray values(DType type, Random random, int... sizes) {
        float[] special = {0, -0f, 1, -1, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1e-40f, 3e38f};
        return HostArray.zeros(Shape.of(sizes), type).fill(i -> switch (type) {
            case FLOAT32, BFLOAT16, FLOAT16 ->
                i % 5 == 0 ? special[(int) (i / 5 % special.length)] : random.nextGaussian() * 4;
            case BOOL -> random.nextInt(2);
            case UINT8 -> random.nextInt(256);
            default -> random.nextInt(9) - 4;
        });
    }

    /** The bits, those of all NaNs being the same: their signs are the compiler's. */
    static byte[] bytes(HostArray array) {
        if (array.dtype().isFloating()) {
            float[] values = array.cast(DType.FLOAT32).toFloatArray();
            for (int i = 0; i < values.length; i++) {
                values[i] = Float.isNaN(values[i]) ? Float.NaN : values[i];
            }
            return MemorySegment.ofArray(values).toArray(ValueLayout.JAVA_BYTE);
        }
        return array.data().toArray(ValueLayout.JAVA_BYTE);
    }

    @ParameterizedTest
    @MethodSource("singles")
    void anOpAloneGivesItsOwnBits(Single single) {
        for (int n : new int[] {1, 4, 6, 207, 4098}) {
            Random random = new Random(n);
            HostArray[] inputs =
                    single.types().stream().map(type -> values(type, random, n)).toArray(HostArray[]::new);
            HostArray expected = CudaTests.run(single.op(), inputs);
            HostArray actual = CudaTests.run(chain(Shape.of(n), single.types(), single.op()), inputs);
            assertThat(bytes(actual)).as("%s, n = %d", single, n).isEqualTo(bytes(expected));
        }
    }

    /** A chain of several ops on 16-bit data rounds after each of them, the constants too, and gives two results. */
    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"BFLOAT16", "FLOAT16"})
    void halvesAreRoundedBetweenOps(DType half) {
        for (int n : new int[] {1, 6, 4098}) {
            Random random = new Random(n);
            HostArray x = values(half, random, n);
            HostArray w = values(DType.FLOAT32, random, n);
            Elementwise chain = new Elementwise(
                    Shape.of(n),
                    List.of(half, DType.FLOAT32),
                    List.of(new Constant(0.1, half)),
                    List.of(
                            new Instruction(new ElementwiseOp.Cast(half), List.of(1)),
                            new Instruction(BinaryOp.MULTIPLY, List.of(0, 3)),
                            new Instruction(BinaryOp.ADD, List.of(4, 2)),
                            new Instruction(UnaryOp.TANH, List.of(5)),
                            new Instruction(new ElementwiseOp.Cast(DType.FLOAT32), List.of(6)),
                            new Instruction(BinaryOp.MULTIPLY, List.of(7, 1))),
                    List.of(5, 8));
            HostArray tenth = HostArray.of(new float[] {0.1f}).cast(half);
            HostArray product = CudaTests.run(BinaryOp.MULTIPLY, x, CudaTests.run(new ElementwiseOp.Cast(half), w));
            HostArray sum = CudaTests.run(BinaryOp.ADD, product, tenth);
            HostArray wide = CudaTests.run(new ElementwiseOp.Cast(DType.FLOAT32), CudaTests.run(UnaryOp.TANH, sum));
            List<HostArray> found = CudaTests.runAll(chain, x, w);
            assertThat(bytes(found.get(0))).as("%s, n = %d", half, n).isEqualTo(bytes(sum));
            assertThat(bytes(found.get(1))).isEqualTo(bytes(CudaTests.run(BinaryOp.MULTIPLY, wide, w)));
        }
    }

    @Test
    void everyCodeOfAnOpIsReached() {
        List<ChainCode> reached = singles().stream()
                .map(single -> ChainCode.of(single.op(), single.types().get(0)))
                .distinct()
                .toList();
        List<ChainCode> ofOps = Arrays.stream(ChainCode.values())
                .filter(code -> code.ordinal() >= ChainCode.MOVE.ordinal())
                .toList();
        assertThat(reached).containsAll(ofOps);
    }

    @Test
    void theKernelCountsItsCodesTheSameWay() throws IOException {
        String source = Files.readString(Path.of("cuda-kernels", "chain.cuh"));
        Matcher codes = Pattern.compile("enum Code \\{([^}]*)\\}").matcher(source);
        assertThat(codes.find()).isTrue();
        assertThat(codes.group(1).replaceAll("\\s+", "").split(","))
                .isEqualTo(Arrays.stream(ChainCode.values()).map(Enum::name).toArray());
    }

    /** Shapes that are repeated over (7, 6, 5, 4): by one term, by two, and by more than the kernel knows. */
    static Stream<Shape> repeated() {
        return Stream.of(
                Shape.scalar(),
                Shape.of(4),
                Shape.of(5, 1),
                Shape.of(6, 1, 1),
                Shape.of(7, 1, 1, 1),
                Shape.of(7, 6, 1, 1),
                Shape.of(7, 1, 1, 4),
                Shape.of(7, 1, 5, 1),
                Shape.of(1, 6, 5, 1));
    }

    @ParameterizedTest
    @MethodSource("repeated")
    void anInputIsRepeatedOverTheShape(Shape shape) {
        Random random = new Random(3);
        HostArray x = values(DType.FLOAT32, random, 7, 6, 5, 4);
        HostArray v = values(DType.FLOAT32, random, shape.sizes());
        Elementwise chain = new Elementwise(
                x.shape(),
                List.of(DType.FLOAT32, DType.FLOAT32),
                List.of(new Constant(0.5, DType.FLOAT32)),
                List.of(
                        new Instruction(BinaryOp.MULTIPLY, List.of(0, 2)),
                        new Instruction(BinaryOp.SUBTRACT, List.of(1, 3))),
                List.of(4));
        HostArray half = CudaTests.run(BinaryOp.MULTIPLY, x, HostArray.of(new float[] {0.5f}));
        long before = CudaTests.backend().library().launches("elementwise_chain");
        assertThat(bytes(CudaTests.run(chain, x, v))).isEqualTo(bytes(CudaTests.run(BinaryOp.SUBTRACT, v, half)));
        assertThat(CudaTests.backend().library().launches("elementwise_chain") - before)
                .isEqualTo(1);
    }

    @Test
    void anIntricateRepetitionRunsByItsDefinition() {
        Random random = new Random(3);
        HostArray x = values(DType.FLOAT32, random, 3, 2, 5, 2, 4);
        HostArray v = values(DType.FLOAT32, random, 3, 1, 5, 1, 4);
        Elementwise chain = new Elementwise(
                x.shape(),
                List.of(DType.FLOAT32, DType.FLOAT32),
                List.of(),
                List.of(new Instruction(BinaryOp.ADD, List.of(0, 1)), new Instruction(UnaryOp.RELU, List.of(2))),
                List.of(3));
        long before = CudaTests.backend().library().launches("elementwise_chain");
        HostArray expected = CudaTests.run(UnaryOp.RELU, CudaTests.run(BinaryOp.ADD, x, v));
        assertThat(bytes(CudaTests.run(chain, x, v))).isEqualTo(bytes(expected));
        assertThat(CudaTests.backend().library().launches("elementwise_chain")).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 6, 207, 4098})
    void resultsMayLieOverInputsAnywhere(int n) {
        HostArray x = CudaTests.random(1, n);
        HostArray y = CudaTests.random(2, n);
        // Two results, each over an input that the other one is made of too.
        Elementwise swap = new Elementwise(
                Shape.of(n),
                List.of(DType.FLOAT32, DType.FLOAT32),
                List.of(),
                List.of(
                        new Instruction(BinaryOp.ADD, List.of(0, 1)),
                        new Instruction(BinaryOp.SUBTRACT, List.of(0, 1))),
                List.of(2, 3));
        HostArray sum = CudaTests.run(BinaryOp.ADD, x, y);
        HostArray difference = CudaTests.run(BinaryOp.SUBTRACT, x, y);
        CudaBackend backend = CudaTests.backend();
        for (long offset : new long[] {0, 4}) {
            Buffer first = backend.allocate(x.data().byteSize() + offset);
            Buffer second = backend.allocate(x.data().byteSize() + offset);
            first.upload(offset, x.data());
            second.upload(offset, y.data());
            Operand[] operands = {new Operand(first, offset, x.spec()), new Operand(second, offset, y.spec())};
            backend.run(swap, operands, operands, new Operand(first, 0, new TensorSpec(Shape.of(0), DType.UINT8)));
            assertThat(bytes(CudaTests.download(operands[0]))).isEqualTo(bytes(sum));
            assertThat(bytes(CudaTests.download(operands[1]))).isEqualTo(bytes(difference));
            first.free();
            second.free();
        }
    }

    @Test
    void whatDoesNotFitTheKernelIsNotFused() {
        List<DType> two = List.of(DType.FLOAT64, DType.FLOAT64);
        assertThat(CudaChain.fits(chain(Shape.of(2), two, BinaryOp.ADD))).isFalse();
        List<DType> whole = List.of(DType.INT32, DType.INT32);
        assertThat(CudaChain.fits(chain(Shape.of(2), whole, BinaryOp.ADD))).isFalse();

        assertThat(CudaChain.fits(sumOf(16))).isTrue();
        assertThat(CudaChain.fits(sumOf(17))).isFalse();
        assertThat(CudaChain.fits(keptAlive(16))).isTrue();
        assertThat(CudaChain.fits(keptAlive(17))).isFalse();
    }

    /** The sum of so many inputs. */
    private static Elementwise sumOf(int inputs) {
        List<Instruction> sums = new ArrayList<>();
        for (int i = 1; i < inputs; i++) {
            sums.add(new Instruction(BinaryOp.ADD, List.of(i == 1 ? 0 : inputs + i - 2, i)));
        }
        return new Elementwise(
                Shape.of(3), Collections.nCopies(inputs, DType.FLOAT32), List.of(), sums, List.of(2 * inputs - 2));
    }

    /** The sum of so many functions of one input, all of which wait for the last. */
    private static Elementwise keptAlive(int values) {
        List<Instruction> instructions = new ArrayList<>();
        for (int i = 0; i < values; i++) {
            instructions.add(new Instruction(UnaryOp.SQUARE, List.of(0)));
        }
        for (int i = 1; i < values; i++) {
            instructions.add(new Instruction(BinaryOp.ADD, List.of(i == 1 ? values : values + i - 1, values - i)));
        }
        return new Elementwise(
                Shape.of(3), List.of(DType.FLOAT32), List.of(), instructions, List.of(instructions.size()));
    }
}
