package dev.lamina.backend.cuda;

import dev.lamina.ops.FusedOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Elements;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A chain of elementwise ops as the program that the kernel {@code elementwise_chain} runs, its struct {@code Chain}:
 * one launch, which reads every input and writes every output once. The program is a parameter of the launch, so that
 * nothing is compiled for a chain and nothing of it lies on the device.
 */
final class CudaChain {
    /** The size of the struct. */
    static final int BYTES = 1608;

    private static final int SLOTS = 16;
    private static final int MOST_OPERANDS = 16;
    private static final int MOST_INSTRUCTIONS = 112;

    private static final int PACKED_OFFSET = 4;
    private static final int INPUTS_OFFSET = 8;
    private static final int OUTPUTS_OFFSET = INPUTS_OFFSET + MOST_OPERANDS * Long.BYTES;
    private static final int SPREADS_OFFSET = OUTPUTS_OFFSET + MOST_OPERANDS * Long.BYTES;
    private static final int SPREAD_BYTES = 6 * Integer.BYTES;
    private static final int CONSTANTS_OFFSET = SPREADS_OFFSET + MOST_OPERANDS * SPREAD_BYTES;
    private static final int CODE_OFFSET = CONSTANTS_OFFSET + MOST_OPERANDS * Integer.BYTES;

    /** Elements that a thread takes at once. */
    private static final int WIDTH = 4;

    private static final Set<DType> READ =
            EnumSet.of(DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16, DType.INT32, DType.UINT8, DType.BOOL);
    private static final Set<DType> COMPUTED = EnumSet.of(DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16, DType.BOOL);

    /** Where the elements of a repeated input lie: the sum over two terms of {@code i / divisor % size * stride}. */
    private record Spread(int[] divisors, int[] sizes, int[] strides) {
        /** How to repeat an input, if two terms and 32 bits are enough. */
        static Optional<Spread> of(Shape input, Shape chain) {
            CudaStrides axes = CudaStrides.of(chain.sizes(), CudaStrides.broadcast(input, chain));
            Spread spread = new Spread(new int[] {1, 1}, new int[] {1, 1}, new int[2]);
            long divisor = 1;
            int terms = 0;
            for (int axis = axes.rank() - 1; axis >= 0; axis--) {
                if (axes.stride(0, axis) != 0) {
                    if (terms == 2) {
                        return Optional.empty();
                    }
                    spread.divisors[terms] = (int) divisor;
                    spread.sizes[terms] = (int) axes.size(axis);
                    spread.strides[terms] = (int) axes.stride(0, axis);
                    terms++;
                }
                divisor *= axes.size(axis);
            }
            return divisor > Integer.MAX_VALUE ? Optional.empty() : Optional.of(spread);
        }

        void write(MemorySegment memory, long offset) {
            for (int term = 0; term < 2; term++) {
                long at = offset + (long) term * Integer.BYTES;
                memory.set(ValueLayout.JAVA_INT, at, divisors[term]);
                memory.set(ValueLayout.JAVA_INT, at + 2 * Integer.BYTES, sizes[term]);
                memory.set(ValueLayout.JAVA_INT, at + 4 * Integer.BYTES, strides[term]);
            }
        }
    }

    private final FusedOp.Elementwise chain;
    private final List<Optional<Spread>> spreads;
    private final ChainProgram program;

    private CudaChain(FusedOp.Elementwise chain, List<Optional<Spread>> spreads, ChainProgram program) {
        this.chain = chain;
        this.spreads = spreads;
        this.program = program;
    }

    /** Whether the kernel can run a chain whose inputs need no intricate repetition. */
    static boolean fits(FusedOp.Elementwise chain) {
        int first = chain.inputTypes().size() + chain.constants().size();
        List<DType> types = chain.valueTypes();
        return chain.inputTypes().size() <= MOST_OPERANDS
                && chain.constants().size() <= MOST_OPERANDS
                && chain.outputs().size() <= MOST_OPERANDS
                && READ.containsAll(types.subList(0, first))
                && COMPUTED.containsAll(types.subList(first, types.size()))
                && ChainProgram.of(chain, new boolean[first]).fits(SLOTS, MOST_INSTRUCTIONS);
    }

    /** The chain for inputs of these shapes, if the kernel can run it. */
    static Optional<CudaChain> of(FusedOp.Elementwise chain, List<TensorSpec> inputs) {
        if (!fits(chain)) {
            return Optional.empty();
        }
        boolean[] repeated = new boolean[inputs.size()];
        List<Optional<Spread>> spreads = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            Shape shape = inputs.get(i).shape();
            repeated[i] = shape.elements() != chain.shape().elements();
            Optional<Spread> spread = repeated[i] ? Spread.of(shape, chain.shape()) : Optional.empty();
            if (repeated[i] && spread.isEmpty()) {
                return Optional.empty();
            }
            spreads.add(spread);
        }
        return Optional.of(new CudaChain(chain, List.copyOf(spreads), ChainProgram.of(chain, repeated)));
    }

    /** The number of elements of each output. */
    long elements() {
        return chain.shape().elements();
    }

    void write(MemorySegment memory, long offset, Operand[] inputs, Operand[] outputs) {
        memory.asSlice(offset, BYTES).fill((byte) 0);
        boolean packed = true;
        for (int i = 0; i < inputs.length; i++) {
            memory.set(ValueLayout.JAVA_LONG, offset + INPUTS_OFFSET + (long) i * Long.BYTES, address(inputs[i]));
            int number = i;
            spreads.get(i)
                    .ifPresent(spread -> spread.write(memory, offset + SPREADS_OFFSET + (long) number * SPREAD_BYTES));
            packed &= spreads.get(i).isPresent() || isAligned(inputs[i]);
        }
        for (int i = 0; i < outputs.length; i++) {
            memory.set(ValueLayout.JAVA_LONG, offset + OUTPUTS_OFFSET + (long) i * Long.BYTES, address(outputs[i]));
            packed &= isAligned(outputs[i]);
        }
        for (int i = 0; i < chain.constants().size(); i++) {
            FusedOp.Elementwise.Constant constant = chain.constants().get(i);
            memory.set(ValueLayout.JAVA_INT, offset + CONSTANTS_OFFSET + (long) i * Integer.BYTES, bits(constant));
        }
        long[] code = program.code();
        memory.set(ValueLayout.JAVA_INT, offset, code.length);
        memory.set(ValueLayout.JAVA_INT, offset + PACKED_OFFSET, packed ? 1 : 0);
        for (int i = 0; i < code.length; i++) {
            memory.set(ValueLayout.JAVA_LONG, offset + CODE_OFFSET + (long) i * Long.BYTES, code[i]);
        }
    }

    /** A slot's bits: numbers of 16-bit types are held as floats. */
    private static int bits(FusedOp.Elementwise.Constant constant) {
        DType dtype = constant.dtype();
        if (!ChainProgram.isHalf(dtype)) {
            return (int) CudaLauncher.bits(dtype, constant.value());
        }
        short half = (short) CudaLauncher.bits(dtype, constant.value());
        return Float.floatToRawIntBits(
                dtype == DType.BFLOAT16 ? Elements.bfloat16ToFloat(half) : Float.float16ToFloat(half));
    }

    private static long address(Operand operand) {
        return CudaBuffer.address(operand);
    }

    private static boolean isAligned(Operand operand) {
        return address(operand) % ((long) WIDTH * operand.dtype().bytes()) == 0;
    }
}
