package dev.lamina.backend.cuda;

import dev.lamina.ops.FusedOp;
import dev.lamina.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * The instructions of a chain and the slots of its values. A value is loaded before its first use and its slot is free
 * again after its last; results are stored at the end, when every input has been read.
 */
final class ChainProgram {
    private static final int NONE = -1;

    private final FusedOp.Elementwise chain;
    private final List<DType> types;
    private final int inputs;
    private final int drawn;
    private final int first;
    private final int[] slot;
    private final int[] lastUse;
    /** By another instruction; what is only stored is rounded then. */
    private final boolean[] isRead;

    private final BitSet used = new BitSet();
    private final List<Long> code = new ArrayList<>();
    private int slots;

    private ChainProgram(FusedOp.Elementwise chain) {
        this.chain = chain;
        types = chain.valueTypes();
        inputs = chain.inputTypes().size();
        drawn = inputs + chain.constants().size();
        first = chain.firstComputed();
        slot = new int[types.size()];
        lastUse = new int[types.size()];
        isRead = new boolean[types.size()];
        Arrays.fill(slot, NONE);
        Arrays.fill(lastUse, NONE);
        for (int i = 0; i < chain.instructions().size(); i++) {
            for (int argument : chain.instructions().get(i).arguments()) {
                lastUse[argument] = i;
                isRead[argument] = true;
            }
        }
        chain.outputs().forEach(output -> lastUse[output] = Integer.MAX_VALUE);
    }

    /** @param repeated which inputs are repeated over the chain's shape */
    static ChainProgram of(FusedOp.Elementwise chain, boolean[] repeated) {
        ChainProgram program = new ChainProgram(chain);
        for (int i = 0; i < chain.instructions().size(); i++) {
            program.add(i, repeated);
        }
        for (int i = 0; i < chain.outputs().size(); i++) {
            int value = chain.outputs().get(i);
            program.code.add(
                    ChainStruct.word(ChainCode.store(program.types.get(value)).number(), i, program.slot[value]));
        }
        return program;
    }

    private void add(int number, boolean[] repeated) {
        FusedOp.Elementwise.Instruction one = chain.instructions().get(number);
        int[] arguments = new int[3];
        for (int i = 0; i < one.arguments().size(); i++) {
            int value = one.arguments().get(i);
            if (slot[value] == NONE) {
                slot[value] = take();
                code.add(load(value, repeated));
            }
            arguments[i] = slot[value];
        }
        // An argument's slot may hold the result: each element is read before it is written.
        for (int value : one.arguments()) {
            if (lastUse[value] == number) {
                used.clear(slot[value]);
            }
        }
        int result = first + number;
        slot[result] = take();
        ChainCode instruction = ChainCode.of(one.op(), types.get(one.arguments().get(0)));
        code.add(ChainStruct.word(instruction.number(), slot[result], arguments));
        if (isRead[result] && isHalf(types.get(result)) && !instruction.isExact()) {
            ChainCode round = ChainCode.round(types.get(result));
            code.add(ChainStruct.word(round.number(), slot[result], slot[result]));
        }
        if (lastUse[result] == NONE) {
            used.clear(slot[result]);
        }
    }

    /** Brings an input, a constant or a number that is drawn into its slot. */
    private long load(int value, boolean[] repeated) {
        if (value < inputs) {
            ChainCode load = ChainCode.load(types.get(value), repeated[value]);
            return ChainStruct.word(load.number(), slot[value], value);
        }
        if (value < drawn) {
            return ChainStruct.word(ChainCode.CONSTANT.number(), slot[value], value - inputs);
        }
        int state = chain.draws().get(value - drawn).state();
        return ChainStruct.word(ChainCode.draw(types.get(value)).number(), slot[value], state);
    }

    static boolean isHalf(DType type) {
        return type == DType.BFLOAT16 || type == DType.FLOAT16;
    }

    private int take() {
        int free = used.nextClearBit(0);
        used.set(free);
        slots = Math.max(slots, free + 1);
        return free;
    }

    /** Whether so many slots and instructions are enough. */
    boolean fits(int mostSlots, int mostInstructions) {
        return slots <= mostSlots && code.size() <= mostInstructions;
    }

    /** The instructions as the kernel reads them. */
    long[] code() {
        return code.stream().mapToLong(Long::longValue).toArray();
    }
}
