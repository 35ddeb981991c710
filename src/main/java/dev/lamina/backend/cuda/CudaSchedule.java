package dev.lamina.backend.cuda;

import dev.lamina.backend.BoundStep;
import dev.lamina.tensor.Operand;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Which steps of a plan may run at the same time. A step has to wait for an earlier one if one of the two writes memory
 * that the other touches. Steps are dealt out to a few lanes, each in its order, by the list scheduling of R. L. Graham
 * (Bounds on multiprocessing timing anomalies, 1969): the step with the longest way to the end comes first, and goes
 * where it can begin first.
 */
final class CudaSchedule {
    /**
     * A step's place.
     *
     * @param waits the steps of other lanes that must be done before it, by their indices
     * @param awaited whether a step of another lane waits for this one
     */
    record Placed(int lane, List<Integer> waits, boolean awaited) {}

    /** What the times of single steps are measured in is left open; only their ratios matter, and these are rough. */
    private static final double STEP = 1;

    /** Reading or writing so many bytes takes as long as the least step. */
    private static final double BYTES = 2e6;

    /** What it costs to wait for another lane. */
    private static final double WAIT = 0.5;

    private record Range(long from, long to) {
        boolean touches(Range other) {
            return from < other.to && other.from < to;
        }
    }

    private final int[] order;
    private final List<Placed> steps;

    private CudaSchedule(int[] order, List<Placed> steps) {
        this.order = order;
        this.steps = steps;
    }

    /** The steps in the order in which to issue them, by their indices in the plan. */
    int[] order() {
        return order;
    }

    /** The places of the steps, in the order of the plan. */
    List<Placed> steps() {
        return steps;
    }

    /** How many lanes there are; with 1, all runs in the order of the plan. */
    int lanes() {
        return 1 + steps.stream().mapToInt(Placed::lane).max().orElse(0);
    }

    /** @param most how many lanes there may be */
    static CudaSchedule of(List<BoundStep> steps, int most) {
        return place(steps, earlier(steps), most);
    }

    /** Of each step, the earlier ones that it has to wait for, those left out that others of them wait for. */
    private static List<BitSet> earlier(List<BoundStep> steps) {
        List<List<Range>> reads =
                steps.stream().map(step -> ranges(step.reads())).toList();
        List<List<Range>> writes =
                steps.stream().map(step -> ranges(step.writes())).toList();
        List<BitSet> direct = new ArrayList<>();
        List<BitSet> all = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            BitSet needed = new BitSet();
            BitSet reached = new BitSet();
            for (int j = i - 1; j >= 0; j--) {
                if (!reached.get(j)
                        && (touch(writes.get(j), reads.get(i))
                                || touch(writes.get(j), writes.get(i))
                                || touch(reads.get(j), writes.get(i)))) {
                    needed.set(j);
                    reached.set(j);
                    reached.or(all.get(j));
                }
            }
            direct.add(needed);
            all.add(reached);
        }
        return direct;
    }

    private static List<Range> ranges(List<Operand> operands) {
        return operands.stream()
                .filter(operand -> operand.bytes() > 0)
                .map(operand -> {
                    long from = CudaBuffer.address(operand);
                    return new Range(from, from + operand.bytes());
                })
                .toList();
    }

    private static boolean touch(List<Range> some, List<Range> others) {
        return some.stream().anyMatch(one -> others.stream().anyMatch(one::touches));
    }

    private static CudaSchedule place(List<BoundStep> steps, List<BitSet> earlier, int most) {
        double[] left = left(steps, earlier);
        double[] done = new double[steps.size()];
        int[] laneOf = new int[steps.size()];
        double[] free = new double[most];
        boolean[] begun = new boolean[most];
        List<List<Integer>> later = later(earlier);
        int[] missing = earlier.stream().mapToInt(BitSet::cardinality).toArray();
        BitSet ready = new BitSet();
        for (int i = 0; i < missing.length; i++) {
            ready.set(i, missing[i] == 0);
        }
        int[] order = new int[steps.size()];
        for (int turn = 0; turn < order.length; turn++) {
            int step = most == 1 ? turn : urgent(ready, left);
            int best = 0;
            double soonest = Double.MAX_VALUE;
            for (int lane = 0; lane < most; lane++) {
                double begin = begin(earlier.get(step), lane, laneOf, done, free[lane]);
                // To begin another lane is a wait, too.
                begin = lane > 0 && !begun[lane] ? Math.max(begin, WAIT) : begin;
                if (begin < soonest) {
                    soonest = begin;
                    best = lane;
                }
            }
            order[turn] = step;
            ready.clear(step);
            for (int after : later.get(step)) {
                missing[after]--;
                ready.set(after, missing[after] == 0);
            }
            laneOf[step] = best;
            begun[best] = true;
            done[step] = soonest + cost(steps.get(step));
            free[best] = done[step];
        }
        return new CudaSchedule(order, placed(earlier, laneOf));
    }

    /** Of each step, those that wait for it. */
    private static List<List<Integer>> later(List<BitSet> earlier) {
        List<List<Integer>> later = new ArrayList<>();
        for (int i = 0; i < earlier.size(); i++) {
            later.add(new ArrayList<>());
            int step = i;
            earlier.get(i).stream().forEach(before -> later.get(before).add(step));
        }
        return later;
    }

    /** The step, of those that may be placed, from which the longest way leads to the end; the first of equal ones. */
    private static int urgent(BitSet ready, double[] left) {
        int urgent = ready.nextSetBit(0);
        for (int i = ready.nextSetBit(urgent + 1); i >= 0; i = ready.nextSetBit(i + 1)) {
            if (left[i] > left[urgent]) {
                urgent = i;
            }
        }
        return urgent;
    }

    /** Of each step, how long the longest way from its beginning to the end of all is. */
    private static double[] left(List<BoundStep> steps, List<BitSet> earlier) {
        double[] left = new double[steps.size()];
        for (int i = steps.size() - 1; i >= 0; i--) {
            left[i] += cost(steps.get(i));
            BitSet before = earlier.get(i);
            for (int j = before.nextSetBit(0); j >= 0; j = before.nextSetBit(j + 1)) {
                left[j] = Math.max(left[j], left[i]);
            }
        }
        return left;
    }

    /** When a step could begin in that lane. */
    private static double begin(BitSet earlier, int lane, int[] laneOf, double[] done, double free) {
        double begin = free;
        for (int j = earlier.nextSetBit(0); j >= 0; j = earlier.nextSetBit(j + 1)) {
            begin = Math.max(begin, laneOf[j] == lane ? done[j] : done[j] + WAIT);
        }
        return begin;
    }

    private static double cost(BoundStep step) {
        long bytes = 0;
        for (Operand operand : step.reads()) {
            bytes += operand.bytes();
        }
        for (Operand operand : step.writes()) {
            bytes += operand.bytes();
        }
        return STEP + bytes / BYTES;
    }

    private static List<Placed> placed(List<BitSet> earlier, int[] laneOf) {
        List<List<Integer>> waits = new ArrayList<>();
        BitSet awaited = new BitSet();
        for (int i = 0; i < laneOf.length; i++) {
            List<Integer> of = new ArrayList<>();
            for (int j = earlier.get(i).nextSetBit(0);
                    j >= 0;
                    j = earlier.get(i).nextSetBit(j + 1)) {
                if (laneOf[j] != laneOf[i]) {
                    of.add(j);
                    awaited.set(j);
                }
            }
            waits.add(of);
        }
        List<Placed> placed = new ArrayList<>();
        for (int i = 0; i < laneOf.length; i++) {
            placed.add(new Placed(laneOf[i], List.copyOf(waits.get(i)), awaited.get(i)));
        }
        return List.copyOf(placed);
    }
}
