package dev.lamina.backend.cuda;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * Instructions on numbered values, and the slots that hold these when they run: a slot is free again after its value's
 * last use.
 */
final class RowSlots {
    private static final int SLOTS = 24;

    /** No number in the instruction. */
    private static final int NONE = -1;

    /** Where the second result stands behind the first. */
    private static final int SECOND = 4;

    private record Step(int code, List<Integer> results, List<Integer> arguments, int literal) {}

    private final List<Step> steps = new ArrayList<>();
    private int values;

    /** Adds an instruction with one result and returns its number. */
    int add(int code, List<Integer> arguments) {
        return add(code, arguments, NONE);
    }

    /** Adds an instruction with a number behind its arguments. */
    int add(int code, List<Integer> arguments, int literal) {
        steps.add(new Step(code, List.of(values), arguments, literal));
        return values++;
    }

    /** Adds an instruction with two results and returns the number of the first. */
    int addPair(int code, List<Integer> arguments) {
        steps.add(new Step(code, List.of(values, values + 1), arguments, NONE));
        values += 2;
        return values - 2;
    }

    /** Adds an instruction that stores a value. */
    void store(int code, int output, int value) {
        steps.add(new Step(code, List.of(), List.of(value), output));
    }

    /** Adds an instruction that neither takes nor gives a value. */
    void addBare(int code) {
        steps.add(new Step(code, List.of(), List.of(), 0));
    }

    /** The instructions as the kernel reads them, if they are few enough and the slots are. */
    Optional<long[]> code(int most) {
        int[] lastUse = new int[values];
        for (int i = 0; i < steps.size(); i++) {
            for (int argument : steps.get(i).arguments()) {
                lastUse[argument] = i;
            }
        }
        BitSet used = new BitSet();
        int[] slot = new int[values];
        long[] code = new long[steps.size()];
        boolean fits = steps.size() <= most;
        for (int i = 0; i < code.length; i++) {
            Step step = steps.get(i);
            int[] words = new int[SECOND + 1];
            int at = 0;
            for (int argument : step.arguments()) {
                words[at++] = slot[argument];
            }
            // An argument's slot may hold the result: each element is read before it is written.
            for (int argument : step.arguments()) {
                if (lastUse[argument] == i) {
                    used.clear(slot[argument]);
                }
            }
            for (int result : step.results()) {
                int free = used.nextClearBit(0);
                used.set(free);
                slot[result] = free;
                fits &= free < SLOTS;
            }
            for (int result : step.results()) {
                if (lastUse[result] == 0) {
                    used.clear(slot[result]);
                }
            }
            int first = step.literal();
            if (!step.results().isEmpty()) {
                first = slot[step.results().get(0)];
                if (step.literal() != NONE) {
                    words[at] = step.literal();
                }
                if (step.results().size() > 1) {
                    words[SECOND] = slot[step.results().get(1)];
                }
            }
            code[i] = ChainStruct.word(step.code(), first, words);
        }
        return fits ? Optional.of(code) : Optional.empty();
    }
}
