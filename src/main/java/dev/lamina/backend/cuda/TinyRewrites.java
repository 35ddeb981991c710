package dev.lamina.backend.cuda;

import dev.lamina.graph.Plan;
import dev.lamina.graph.Plan.Location;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.FusedOp.Sequence;
import dev.lamina.ops.MatrixOp;
import dev.lamina.ops.Op;
import dev.lamina.ops.SourceOp;
import dev.lamina.ops.UnaryBackwardOp;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What is put together for launches and apart for one block, where a task costs a barrier and an instruction of a
 * program some eighty cycles.
 */
final class TinyRewrites {
    private TinyRewrites() {}

    /** Products with relu's gradient after them as one step each, whatever the graph's kernels make of them. */
    static List<Plan.Step> gated(Plan plan) {
        List<Plan.Step> steps = new ArrayList<>(plan.steps());
        for (int i = 0; i < steps.size(); i++) {
            if (!(steps.get(i) instanceof Plan.Run gate) || gate.op() != UnaryBackwardOp.RELU_BACKWARD) {
                continue;
            }
            Location product = gate.inputs().get(1);
            for (int j = 0; j < i; j++) {
                if (steps.get(j) instanceof Plan.Run(MatrixOp.Matmul op, List<Location> inputs, List<Location> outputs)
                        && outputs.contains(product)
                        && isOnlyBetween(plan, steps.subList(j, i + 1), product, inputs)) {
                    List<Location> all = Stream.concat(
                                    inputs.stream(), Stream.of(gate.inputs().get(0)))
                            .toList();
                    steps.set(
                            i,
                            new Plan.Run(
                                    new FusedOp.GatedProduct(op.transposeA(), op.transposeB()), all, gate.outputs()));
                    steps.remove(j);
                    i--;
                    break;
                }
            }
        }
        return steps;
    }

    /** Whether nobody but the last of some steps reads what the first one makes, of what is the same after them all. */
    private static boolean isOnlyBetween(Plan plan, List<Plan.Step> steps, Location made, List<Location> inputs) {
        long readers =
                plan.steps().stream().filter(step -> touches(reads(step), made)).count();
        return made instanceof Plan.InArena
                && readers == 1
                && !touches(plan.outputs(), made)
                && steps.subList(1, steps.size()).stream()
                        .noneMatch(step -> inputs.stream().anyMatch(input -> touches(writes(step), input)));
    }

    private static boolean touches(List<Location> some, Location one) {
        return some.stream().anyMatch(other -> TinyCells.key(other).equals(TinyCells.key(one)));
    }

    private static List<Location> reads(Plan.Step step) {
        return switch (step) {
            case Plan.Run run -> run.inputs();
            case Plan.Copy copy -> List.of(copy.source());
        };
    }

    private static List<Location> writes(Plan.Step step) {
        return switch (step) {
            case Plan.Run run -> run.outputs();
            case Plan.Copy copy -> List.of(copy.target());
        };
    }

    /** The parts of a sequence that have nothing to do with each other, which can run side by side. */
    static List<Plan.Run> parts(Sequence op, Plan.Run whole) {
        List<Integer> makers = makers(op);
        int[] part = components(op, makers);
        List<Plan.Run> parts = new ArrayList<>();
        for (int number : IntStream.of(part).filter(of -> of >= 0).distinct().toArray()) {
            part(op, whole, makers, part, number).ifPresent(parts::add);
        }
        return areApart(parts) ? parts : List.of(whole);
    }

    /** Whether none of them writes what another one reads. */
    private static boolean areApart(List<Plan.Run> parts) {
        for (int i = 0; i < parts.size(); i++) {
            for (int j = 0; j < parts.size(); j++) {
                List<Location> read = parts.get(j).inputs();
                if (i != j && parts.get(i).outputs().stream().anyMatch(output -> touches(read, output))) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Of each value the step that gives it, -1 for an input. */
    private static List<Integer> makers(Sequence op) {
        List<Integer> makers = new ArrayList<>();
        op.inputs().forEach(_ -> makers.add(-1));
        List<TensorSpec> values = op.values();
        for (int i = 0; i < op.steps().size(); i++) {
            Sequence.Step step = op.steps().get(i);
            int results = step.op()
                    .infer(step.arguments().stream().map(values::get).toList())
                    .size();
            for (int k = 0; k < results; k++) {
                makers.add(i);
            }
        }
        return makers;
    }

    private static boolean isConstant(Sequence op, int step) {
        return op.steps().get(step).op() instanceof SourceOp;
    }

    /** Of each step the first one of its part; -1 for constants, which belong to every part. */
    private static int[] components(Sequence op, List<Integer> makers) {
        int[] part = IntStream.range(0, op.steps().size())
                .map(step -> isConstant(op, step) ? -1 : step)
                .toArray();
        for (int step = 0; step < part.length; step++) {
            for (int argument : op.steps().get(step).arguments()) {
                int maker = makers.get(argument);
                if (maker >= 0 && part[maker] >= 0) {
                    int from = Math.max(part[maker], part[step]);
                    int to = Math.min(part[maker], part[step]);
                    for (int i = 0; i < part.length; i++) {
                        part[i] = part[i] == from ? to : part[i];
                    }
                }
            }
        }
        return part;
    }

    private static Optional<Plan.Run> part(Sequence op, Plan.Run whole, List<Integer> makers, int[] part, int number) {
        List<Integer> outputs = IntStream.range(0, op.outputs().size())
                .filter(i -> makers.get(op.outputs().get(i)) >= 0
                        && part[makers.get(op.outputs().get(i))] == number)
                .boxed()
                .toList();
        if (outputs.isEmpty()) {
            return Optional.empty();
        }
        List<Integer> kept = IntStream.range(0, part.length)
                .filter(step -> part[step] == number || part[step] < 0)
                .boxed()
                .toList();
        List<Integer> used = kept.stream()
                .flatMap(step -> op.steps().get(step).arguments().stream())
                .filter(argument -> makers.get(argument) < 0)
                .distinct()
                .toList();
        List<Integer> numbers = new ArrayList<>(used);
        for (int value = op.inputs().size(); value < makers.size(); value++) {
            if (kept.contains(makers.get(value))) {
                numbers.add(value);
            }
        }
        Op smaller = new Sequence(
                used.stream().map(op.inputs()::get).toList(),
                kept.stream()
                        .map(op.steps()::get)
                        .map(step -> new Sequence.Step(
                                step.op(),
                                step.arguments().stream().map(numbers::indexOf).toList()))
                        .toList(),
                outputs.stream().map(op.outputs()::get).map(numbers::indexOf).toList());
        return Optional.of(new Plan.Run(
                smaller,
                used.stream().map(whole.inputs()::get).toList(),
                outputs.stream().map(whole.outputs()::get).toList()));
    }
}
