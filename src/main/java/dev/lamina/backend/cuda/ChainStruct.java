package dev.lamina.backend.cuda;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Elements;
import dev.lamina.tensor.Operand;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/**
 * A program as launches pass it, the kernels' struct {@code Chain}. It is a parameter, so that nothing is compiled for
 * a program and nothing of it lies on the device.
 *
 * @param operands for each input of the kernel which of the op's inputs it is, and how to repeat it if it is repeated
 * @param constants their bits
 * @param code the instructions as the kernel reads them
 */
record ChainStruct(List<Source> operands, List<Integer> constants, long[] code) {
    /** The size of the struct. */
    static final int BYTES = 1608;

    static final int MOST_OPERANDS = 16;
    static final int MOST_INSTRUCTIONS = 112;

    private static final int PACKED_OFFSET = 4;
    private static final int INPUTS_OFFSET = 8;
    private static final int OUTPUTS_OFFSET = INPUTS_OFFSET + MOST_OPERANDS * Long.BYTES;
    private static final int SPREADS_OFFSET = OUTPUTS_OFFSET + MOST_OPERANDS * Long.BYTES;
    private static final int CONSTANTS_OFFSET = SPREADS_OFFSET + MOST_OPERANDS * Spread.BYTES;
    private static final int CODE_OFFSET = CONSTANTS_OFFSET + MOST_OPERANDS * Integer.BYTES;

    /** Elements that a thread of {@code elementwise_chain} takes at once. */
    private static final int WIDTH = 4;

    private static final int BYTE = 8;

    /**
     * An input of the kernel.
     *
     * @param inPacks whether it is read in packs of neighbouring elements, if all of those lie aligned
     */
    record Source(int input, Optional<Spread> spread, boolean inPacks) {
        Source(int input, Optional<Spread> spread) {
            this(input, spread, spread.isEmpty());
        }

        /** The state of a generator, all of which every thread reads. */
        static Source state(int input) {
            return new Source(input, Optional.empty(), false);
        }
    }

    ChainStruct {
        operands = List.copyOf(operands);
        constants = List.copyOf(constants);
    }

    /** An instruction: the code, the result, and up to five more bytes. */
    static long word(int code, int result, int... rest) {
        long word = code | (long) result << BYTE;
        for (int i = 0; i < rest.length; i++) {
            word |= (long) rest[i] << (2 + i) * BYTE;
        }
        return word;
    }

    /** A number's bits in a slot: those of 16-bit types are held as floats. */
    static int bits(DType dtype, double value) {
        if (!ChainProgram.isHalf(dtype)) {
            return (int) CudaLauncher.bits(dtype, value);
        }
        short half = (short) CudaLauncher.bits(dtype, value);
        return Float.floatToRawIntBits(
                dtype == DType.BFLOAT16 ? Elements.bfloat16ToFloat(half) : Float.float16ToFloat(half));
    }

    void write(MemorySegment memory, long offset, Operand[] inputs, Operand[] outputs) {
        memory.asSlice(offset, BYTES).fill((byte) 0);
        boolean packed = true;
        for (int i = 0; i < operands.size(); i++) {
            Source source = operands.get(i);
            Operand input = inputs[source.input];
            memory.set(ValueLayout.JAVA_LONG, offset + INPUTS_OFFSET + (long) i * Long.BYTES, address(input));
            long at = offset + SPREADS_OFFSET + (long) i * Spread.BYTES;
            source.spread.ifPresent(spread -> spread.write(memory, at));
            packed &= !source.inPacks || isAligned(input);
        }
        for (int i = 0; i < outputs.length; i++) {
            memory.set(ValueLayout.JAVA_LONG, offset + OUTPUTS_OFFSET + (long) i * Long.BYTES, address(outputs[i]));
            packed &= isAligned(outputs[i]);
        }
        for (int i = 0; i < constants.size(); i++) {
            memory.set(ValueLayout.JAVA_INT, offset + CONSTANTS_OFFSET + (long) i * Integer.BYTES, constants.get(i));
        }
        memory.set(ValueLayout.JAVA_INT, offset, code.length);
        memory.set(ValueLayout.JAVA_INT, offset + PACKED_OFFSET, packed ? 1 : 0);
        for (int i = 0; i < code.length; i++) {
            memory.set(ValueLayout.JAVA_LONG, offset + CODE_OFFSET + (long) i * Long.BYTES, code[i]);
        }
    }

    private static long address(Operand operand) {
        return CudaBuffer.address(operand);
    }

    private static boolean isAligned(Operand operand) {
        return address(operand) % ((long) WIDTH * operand.dtype().bytes()) == 0;
    }
}
