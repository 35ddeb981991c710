package dev.lamina.backend.cpu;

import dev.lamina.ops.FusedOp;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * Which block holds which value of a chain of elementwise ops: a block is used again when its value was last needed.
 */
final class BlockAssignment {
    private final int[] block;
    private final int blocks;

    BlockAssignment(FusedOp.Elementwise chain) {
        int inputs = chain.inputTypes().size();
        int first = inputs + chain.constants().size();
        List<FusedOp.Elementwise.Instruction> instructions = chain.instructions();
        block = new int[first + instructions.size()];
        int[] lastUse = new int[block.length];
        Arrays.fill(lastUse, -1);
        for (int i = 0; i < instructions.size(); i++) {
            for (int argument : instructions.get(i).arguments()) {
                lastUse[argument] = i;
            }
        }
        chain.outputs().forEach(output -> lastUse[output] = Integer.MAX_VALUE);
        int used = 0;
        for (; used < first; used++) {
            block[used] = used;
        }
        Deque<Integer> free = new ArrayDeque<>();
        for (int i = 0; i < instructions.size(); i++) {
            // A result never takes the block of an argument of the same instruction.
            block[first + i] = free.isEmpty() ? used++ : free.pop();
            for (int argument :
                    instructions.get(i).arguments().stream().distinct().toList()) {
                // Constants stay for the blocks to come.
                boolean constant = argument >= inputs && argument < first;
                if (lastUse[argument] == i && !constant) {
                    free.push(block[argument]);
                }
            }
            if (lastUse[first + i] < 0) {
                free.push(block[first + i]);
            }
        }
        blocks = used;
    }

    int block(int value) {
        return block[value];
    }

    /** The number of blocks. */
    int blocks() {
        return blocks;
    }
}
