package dev.lamina.backend.cuda;

import dev.lamina.graph.Plan;
import dev.lamina.graph.Plan.Location;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A plan that one multiprocessor can run by itself, many times in one launch of {@code tiny_steps}: all of its steps
 * are tasks of that kernel, and what they read and write fits shared memory.
 *
 * @param levels the tasks, those of a level independent of each other
 */
record TinyPlan(Plan plan, List<List<TinyTask>> levels, TinyCells cells) {
    /** The most samples of a step: a thread knows the place of one. */
    static final int MOST_SAMPLES = LaunchPacker.BLOCK;

    /** The most inputs. */
    static final int MOST_INPUTS = 4;

    /** What the kernel declares for itself. */
    static final int STATIC_BYTES = 2048;

    private static final int WARPS = LaunchPacker.BLOCK / TinyTask.WARP;

    private static final int MOST_TASKS = 64;

    /**
     * The most floating-point operations of a step. On paper one multiprocessor makes some 20 multiply-adds a cycle
     * here, so that these take 25 us, while the least step that a graph was measured at on an H200 took 45.
     */
    private static final long MOST_FLOPS = 2_000_000;

    /** @param sharedBytes what a block may have of shared memory */
    static Optional<TinyPlan> of(Plan plan, int sharedBytes) {
        if (!areRows(plan.inputs())
                || plan.steps().size() > MOST_TASKS
                || plan.cost().flops() > MOST_FLOPS) {
            return Optional.empty();
        }
        List<TinyTask> tasks = new ArrayList<>();
        for (Plan.Step step : TinyRewrites.gated(plan)) {
            List<TinyTask> of = TinyTasks.of(step);
            if (of.isEmpty()) {
                return Optional.empty();
            }
            tasks.addAll(of);
        }
        Stream<Location> used = tasks.stream().flatMap(TinyPlan::locations);
        if (!TinyCells.areApart(Stream.concat(plan.inputs().stream(), used))) {
            return Optional.empty();
        }
        List<List<TinyTask>> levels = levels(tasks);
        TinyPlan found = new TinyPlan(plan, levels, new TinyCells(plan, levels));
        return found.cells.areWords() && found.sharedBytes() <= sharedBytes - STATIC_BYTES
                ? Optional.of(found)
                : Optional.empty();
    }

    private static Stream<Location> locations(TinyTask task) {
        return Stream.of(task.reads(), task.writes()).flatMap(Collection::stream);
    }

    /** Whether the inputs are samples: rows of whole words, as many for each. */
    private static boolean areRows(List<Location> inputs) {
        if (inputs.isEmpty() || inputs.size() > MOST_INPUTS) {
            return false;
        }
        int samples = samples(inputs.get(0));
        return samples > 0
                && samples <= MOST_SAMPLES
                && inputs.stream()
                        .allMatch(input -> samples(input) == samples
                                && input.spec().bytes() > 0
                                && input.spec().bytes() % ((long) samples * Integer.BYTES) == 0);
    }

    private static int samples(Location input) {
        return input.spec().shape().rank() == 0 ? 0 : input.spec().shape().size(0);
    }

    /** The samples of a step. */
    int samples() {
        return samples(plan.inputs().get(0));
    }

    /** Each task comes as early as the earlier ones allow that touch the same memory. */
    private static List<List<TinyTask>> levels(List<TinyTask> tasks) {
        int[] level = new int[tasks.size()];
        List<List<TinyTask>> levels = new ArrayList<>();
        for (int i = 0; i < level.length; i++) {
            TinyTask task = tasks.get(i);
            for (int j = 0; j < i; j++) {
                TinyTask earlier = tasks.get(j);
                if (mustFollow(earlier, task)) {
                    level[i] = Math.max(level[i], level[j] + 1);
                }
            }
            while (levels.size() <= level[i]) {
                levels.add(new ArrayList<>());
            }
            levels.get(level[i]).add(task);
        }
        postpone(tasks, level, levels);
        return levels;
    }

    /** What no other task waits for goes where the most time passes anyway. */
    private static void postpone(List<TinyTask> tasks, int[] level, List<List<TinyTask>> levels) {
        for (int i = 0; i < level.length; i++) {
            TinyTask task = tasks.get(i);
            if (tasks.subList(i + 1, level.length).stream().noneMatch(later -> mustFollow(task, later))) {
                levels.get(level[i]).remove(task);
                int best = level[i];
                for (int other = best + 1; other < levels.size(); other++) {
                    best = time(levels.get(other)) > time(levels.get(best)) ? other : best;
                }
                levels.get(best).add(task);
            }
        }
        levels.removeIf(List::isEmpty);
    }

    private static double time(List<TinyTask> level) {
        double all = level.stream().mapToDouble(TinyTask::cost).sum() / WARPS;
        return level.stream()
                .mapToDouble(task -> (double) task.cost() / Math.min(WARPS, task.mostWarps()))
                .reduce(all, Math::max);
    }

    private static boolean mustFollow(TinyTask earlier, TinyTask task) {
        return touch(earlier.writes(), task.reads())
                || touch(earlier.writes(), task.writes())
                || touch(earlier.reads(), task.writes());
    }

    private static boolean touch(List<Location> some, List<Location> others) {
        return some.stream()
                .map(TinyCells::key)
                .anyMatch(key -> others.stream().map(TinyCells::key).anyMatch(key::equals));
    }

    /** The dynamic shared memory of a launch: the table, then what the tasks work on. */
    int sharedBytes() {
        return Math.toIntExact(TinyTable.bytes(this) + cells.bytes());
    }

    @Override
    public String toString() {
        return "many steps a launch by one multiprocessor: "
                + levels.stream().mapToInt(List::size).sum() + " tasks in " + levels.size() + " levels, "
                + sharedBytes() + " bytes of shared memory";
    }
}
