package dev.lamina.graph;

import dev.lamina.ops.Op;
import dev.lamina.tensor.ConcreteTensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * A graph laid out in memory: what to run in which order, and where each value lies. Values live in one arena, which
 * values with disjoint lifetimes share.
 *
 * @param setup what is computed once, when the plan is bound to memory: values that are the same in every run
 * @param arenaBytes the size of the arena, the workspace included
 * @param workspaceOffset where in the arena the scratch memory of the ops begins
 */
public record Plan(
        List<Run> setup,
        List<Step> steps,
        List<Location> inputs,
        List<Location> outputs,
        long arenaBytes,
        long workspaceOffset,
        long workspaceBytes) {

    /** Offsets in the arena are multiples of this. */
    public static final long ALIGNMENT = 256;

    public Plan {
        setup = List.copyOf(setup);
        steps = List.copyOf(steps);
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    /** Where a value lies. */
    public sealed interface Location {
        TensorSpec spec();
    }

    /** At a byte offset of the arena. */
    public record InArena(long offset, TensorSpec spec) implements Location {
        @Override
        public String toString() {
            return spec + " at " + offset;
        }
    }

    /** In a variable's own memory. */
    public record InVariable(Variable variable, TensorSpec spec) implements Location {
        @Override
        public String toString() {
            return spec + " in " + variable.name();
        }
    }

    /** In a tensor that existed before the trace. */
    public record InConstant(ConcreteTensor tensor, TensorSpec spec) implements Location {
        @Override
        public String toString() {
            return spec + " of constant " + tensor.name();
        }
    }

    /** One thing to do. */
    public sealed interface Step {}

    /** Runs an op. */
    public record Run(Op op, List<Location> inputs, List<Location> outputs) implements Step {}

    /** Copies a value: an assignment, or the snapshot of a variable that changes before its value was last used. */
    public record Copy(Location source, Location target) implements Step {}

    /** The bytes of the tensors that existed before the trace, each counted once. */
    public long constantBytes() {
        Map<ConcreteTensor, Long> bytes = new IdentityHashMap<>();
        for (Step step : steps) {
            if (step instanceof Run run) {
                for (Location input : run.inputs()) {
                    if (input instanceof InConstant constant) {
                        bytes.put(constant.tensor(), constant.tensor().spec().bytes());
                    }
                }
            }
        }
        return bytes.values().stream().mapToLong(Long::longValue).sum();
    }

    /** What one run costs at least. */
    public Cost cost() {
        Cost cost = Cost.NOTHING;
        for (Step step : steps) {
            cost = cost.plus(
                    switch (step) {
                        case Run run -> Cost.of(run.op(), specs(run.inputs()), specs(run.outputs()));
                        case Copy copy -> new Cost(0, 2 * copy.source().spec().bytes());
                    });
        }
        return cost;
    }

    private static List<TensorSpec> specs(List<Location> locations) {
        return locations.stream().map(Location::spec).toList();
    }

    /** One line a step, the cost of all, and the memory. */
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder();
        for (Step step : steps) {
            out.append(
                    switch (step) {
                        case Run run -> run.op() + " " + run.inputs() + " -> " + run.outputs();
                        case Copy copy -> "copy " + copy.source() + " -> " + copy.target();
                    });
            out.append('\n');
        }
        Cost cost = cost();
        return out.append(steps.size() + " steps, " + cost.flops() + " FLOP, " + cost.bytes()
                        + " bytes read and written, arena " + arenaBytes + " bytes, of which workspace "
                        + workspaceBytes)
                .toString();
    }
}
