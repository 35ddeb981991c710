package dev.lamina.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.graph.Graph;
import dev.lamina.graph.Node;
import dev.lamina.graph.Plan;
import dev.lamina.graph.PlanTarget;
import dev.lamina.graph.Planner;
import dev.lamina.graph.Tracer;
import dev.lamina.graph.passes.Passes;
import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.Op;
import dev.lamina.ops.OptimizerOp;
import dev.lamina.ops.ReductionOp;
import dev.lamina.ops.ShapeOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** Values that are needed at one time lie apart, and those that are not share memory. */
class PlannerTest {
    private static final TensorSpec LARGE = new TensorSpec(Shape.of(1024), DType.FLOAT32);

    private static Tensor call(Tracer tracer, Op op, Tensor... inputs) {
        List<TensorSpec> specs =
                java.util.Arrays.stream(inputs).map(Tensor::spec).toList();
        return tracer.call(op, op.opName(), inputs, op.infer(specs)).get(0);
    }

    @Test
    void aChainNeedsTwoPlaces() {
        Tracer tracer = new Tracer();
        Tensor x = call(tracer, UnaryOp.EXP, tracer.input("x", LARGE));
        for (int i = 0; i < 20; i++) {
            x = call(tracer, UnaryOp.EXP, x);
        }
        Plan plan = Planner.plan(tracer.finish(List.of(x)), (op, specs) -> 0);
        assertThat(plan.arenaBytes())
                .as("the input, which stays, and two places")
                .isEqualTo(3 * LARGE.bytes());
    }

    @Test
    void placesAreAligned() {
        Tracer tracer = new Tracer();
        Tensor a = tracer.input("a", new TensorSpec(Shape.of(3), DType.UINT8));
        Tensor b = tracer.input("b", new TensorSpec(Shape.of(300), DType.UINT8));
        Tensor c = tracer.input("c", new TensorSpec(Shape.of(0), DType.UINT8));
        Plan plan = Planner.plan(tracer.finish(List.of(a, b, c)), (op, specs) -> 0);
        List<Long> offsets =
                plan.inputs().stream().map(at -> ((Plan.InArena) at).offset()).toList();
        assertThat(offsets).containsExactly(0L, 256L, 768L);
        assertThat(plan.arenaBytes()).isEqualTo(1024);
    }

    @Test
    void aReshapeTakesNoPlaceAndKeepsItsSourceAlive() {
        Tracer tracer = new Tracer();
        Tensor x = call(tracer, UnaryOp.EXP, tracer.input("x", LARGE));
        Tensor view = call(tracer, new ShapeOp.Reshape(Shape.of(32, 32)), x);
        Tensor other = call(tracer, UnaryOp.SQRT, tracer.input("y", LARGE));
        Tensor sum = call(tracer, ReductionOp.Reduce.of(ReductionOp.Kind.SUM, false), view);
        Plan plan = Planner.plan(tracer.finish(List.of(sum, other)), (op, specs) -> 0);
        assertThat(plan.steps()).hasSize(3);
        Plan.Run exp = (Plan.Run) plan.steps().get(0);
        Plan.Run sqrt = (Plan.Run) plan.steps().get(1);
        Plan.Run reduce = (Plan.Run) plan.steps().get(2);
        assertThat(offset(reduce.inputs().get(0)))
                .isEqualTo(offset(exp.outputs().get(0)));
        assertThat(reduce.inputs().get(0).spec().shape()).hasToString("(32, 32)");
        assertThat(offset(sqrt.outputs().get(0)))
                .isNotEqualTo(offset(exp.outputs().get(0)));
    }

    @Test
    void theWorkspaceIsTheLargestThatAnOpWantsAndLiesBehindTheValues() {
        Tracer tracer = new Tracer();
        Tensor x = tracer.input("x", LARGE);
        Tensor y = call(tracer, UnaryOp.EXP, call(tracer, UnaryOp.SQRT, x));
        Plan plan = Planner.plan(tracer.finish(List.of(y)), (op, specs) -> op == UnaryOp.EXP ? 1000 : 70);
        assertThat(plan.workspaceBytes()).isEqualTo(1024);
        assertThat(plan.workspaceOffset()).isEqualTo(3 * LARGE.bytes());
        assertThat(plan.arenaBytes()).isEqualTo(3 * LARGE.bytes() + 1024);
    }

    private static final PlanTarget OVERWRITES_ALL = new PlanTarget() {
        @Override
        public long workspaceBytes(Op op, List<TensorSpec> inputs) {
            return 0;
        }

        @Override
        public boolean overwrites(Op op, int input, int output) {
            return true;
        }
    };

    @Test
    void anOutputLiesOverThoseInputsAloneThatTheDeviceAllowsForIt() {
        Tracer tracer = new Tracer();
        OptimizerOp two = new OptimizerOp.Sgd(0, false, List.of(0.0, 0.0));
        TensorSpec scalar = new TensorSpec(Shape.scalar(), DType.FLOAT32);
        Tensor[] inputs = {
            tracer.input("rate", scalar),
            call(tracer, UnaryOp.EXP, tracer.input("w1", LARGE)),
            tracer.input("g1", LARGE),
            call(tracer, UnaryOp.EXP, tracer.input("w2", LARGE)),
            tracer.input("g2", LARGE)
        };
        List<Tensor> outputs = tracer.call(two, "sgd", inputs, List.of(LARGE, LARGE));
        PlanTarget target = new PlanTarget() {
            @Override
            public long workspaceBytes(Op op, List<TensorSpec> specs) {
                return 0;
            }

            @Override
            public boolean overwrites(Op op, int input, int output) {
                return op == two && two.overwrites(input, output);
            }
        };
        Plan plan = Planner.plan(tracer.finish(outputs.reversed()), target);
        Plan.Run step = (Plan.Run) plan.steps().getLast();
        assertThat(step.outputs())
                .containsExactly(step.inputs().get(1), step.inputs().get(3));
    }

    @Test
    void aDyingInputIsOverwrittenWhereTheDeviceAllowsIt() {
        Tracer tracer = new Tracer();
        Tensor x = call(tracer, UnaryOp.EXP, tracer.input("x", LARGE));
        for (int i = 0; i < 20; i++) {
            x = call(tracer, UnaryOp.EXP, x);
        }
        Plan plan = Planner.plan(tracer.finish(List.of(x)), OVERWRITES_ALL);
        assertThat(plan.arenaBytes())
                .as("the input, which stays, and one place")
                .isEqualTo(2 * LARGE.bytes());
    }

    /** Four values, the input among them, if none share memory. */
    private static Plan unshared(long bytes) {
        Tracer tracer = new Tracer();
        Tensor x = tracer.input("x", LARGE);
        for (int i = 0; i < 3; i++) {
            x = call(tracer, UnaryOp.EXP, x);
        }
        return Planner.plan(tracer.finish(List.of(x)), new PlanTarget() {
            @Override
            public long workspaceBytes(Op op, List<TensorSpec> inputs) {
                return 0;
            }

            @Override
            public boolean overwrites(Op op, int input, int output) {
                return true;
            }

            @Override
            public long unsharedBytes() {
                return bytes;
            }
        });
    }

    @Test
    void valuesShareNoMemoryAsLongAsTheyFitIntoWhatTheDeviceAllowsForIt() {
        assertThat(unshared(4 * LARGE.bytes()).arenaBytes()).isEqualTo(4 * LARGE.bytes());
        assertThat(unshared(4 * LARGE.bytes() - 1).arenaBytes())
                .as("the input, which stays, and one place")
                .isEqualTo(2 * LARGE.bytes());
    }

    @Test
    void whatIsAssignedIsComputedInTheVariable() {
        Variable state = Variables.create("state", HostArray.zeros(LARGE.shape(), DType.FLOAT32), false);
        Tracer tracer = new Tracer();
        Tensor x = tracer.input("x", LARGE);
        tracer.assign(state, call(tracer, BinaryOp.ADD, tracer.read(state), x));
        Plan plan = Planner.plan(tracer.finish(List.of()), OVERWRITES_ALL);
        assertThat(plan.steps()).singleElement().isInstanceOf(Plan.Run.class);
        assertThat(((Plan.Run) plan.steps().get(0)).outputs().get(0)).isInstanceOf(Plan.InVariable.class);
        assertThat(Planner.plan(tracer.finish(List.of()), (op, specs) -> 0).steps())
                .as("a device that may not write over an input")
                .hasSize(2);
        state.close();
    }

    @Test
    void aVariablesOwnValueIsNotCopiedOntoItself() {
        Variable state = Variables.create("state", HostArray.zeros(LARGE.shape(), DType.FLOAT32), false);
        Tracer tracer = new Tracer();
        tracer.assign(state, tracer.read(state));
        assertThat(Planner.plan(tracer.finish(List.of()), (op, specs) -> 0).steps())
                .isEmpty();
        state.close();
    }

    @Test
    void aValueThatIsNeededLaterIsNotOverwritten() {
        Variable state = Variables.create("state", HostArray.zeros(LARGE.shape(), DType.FLOAT32), false);
        Tracer tracer = new Tracer();
        Tensor before = tracer.read(state);
        tracer.assign(state, call(tracer, UnaryOp.EXP, before));
        Tensor later = call(tracer, UnaryOp.SQRT, before);
        Plan plan = Planner.plan(tracer.finish(List.of(later)), OVERWRITES_ALL);
        assertThat(plan.steps()).as("a snapshot, exp, the assignment, sqrt").hasSize(4);
        state.close();
    }

    private static long offset(Plan.Location location) {
        return ((Plan.InArena) location).offset();
    }

    /** Follows random programs by name of value: each place must still hold the value that a step reads from it. */
    @RepeatedTest(60)
    void noTwoLiveValuesOverlap(RepetitionInfo repetition) {
        long seed = repetition.getCurrentRepetition();
        SplittableRandom random = new SplittableRandom(seed);
        Variable variable = Variables.create("state", HostArray.zeros(Shape.of(64), DType.FLOAT32), false);
        Tracer tracer = new Tracer();
        List<Tensor> values = new ArrayList<>();
        values.add(tracer.input("a", new TensorSpec(Shape.of(64), DType.FLOAT32)));
        values.add(tracer.input("b", new TensorSpec(Shape.of(64), DType.FLOAT32)));
        for (int i = 0; i < 60; i++) {
            Tensor one = values.get(random.nextInt(values.size()));
            Tensor two = values.get(random.nextInt(values.size()));
            Tensor flat = call(tracer, new ShapeOp.Reshape(Shape.of(64)), one);
            switch (random.nextInt(values.size() > 2 ? 7 : 5)) {
                case 0 -> values.add(call(tracer, UnaryOp.EXP, one));
                case 1 -> values.add(call(tracer, new ShapeOp.Reshape(Shape.of(8, 8)), one));
                case 2 ->
                    values.add(call(tracer, BinaryOp.ADD, flat, call(tracer, new ShapeOp.Reshape(Shape.of(64)), two)));
                case 3 -> tracer.assign(variable, flat);
                case 4 -> values.add(tracer.read(variable));
                case 5 -> values.remove(random.nextInt(values.size()));
                case 6 -> values.add(call(tracer, UnaryOp.SQRT, two));
                default -> throw new AssertionError();
            }
        }
        Graph traced = tracer.finish(values.subList(0, Math.min(4, values.size())));
        PlanTarget target = new PlanTarget() {
            @Override
            public long workspaceBytes(Op op, List<TensorSpec> specs) {
                return random.nextInt(3) * 100L;
            }

            @Override
            public boolean overwrites(Op op, int input, int output) {
                return seed % 2 == 0 && (op != BinaryOp.ADD || input == 1);
            }
        };
        // With values that are used instead of being read back from their variable, and without.
        Graph graph = seed % 3 == 0 ? traced : Passes.optimize(traced, target, Set.of());
        Plan plan = Planner.plan(graph, target);
        replay(graph, plan, target, seed);
        long all = graph.nodes().stream()
                .flatMap(node -> node.outputs().stream())
                .mapToLong(TensorSpec::bytes)
                .sum();
        assertThat(plan.workspaceOffset())
                .as("seed %d: smaller than all values side by side", seed)
                .isLessThan(all);
        variable.close();
    }

    /**
     * Executes graph and plan side by side on tokens instead of numbers: a token names the computation that made a
     * value. The plan's memory maps each byte range to a token; a write that overlaps a range wipes it.
     */
    private static void replay(Graph graph, Plan plan, PlanTarget target, long seed) {
        Map<Node, String> tokens = new IdentityHashMap<>();
        String state = "initial";
        List<List<String>> expected = new ArrayList<>();
        for (Node node : graph.nodes()) {
            List<String> inputs = node.inputs().stream()
                    .map(value -> tokens.get(value.node()))
                    .toList();
            switch (node.kind()) {
                case Node.Input input -> tokens.put(node, input.name());
                case Node.Constant _ -> throw new AssertionError("no constants here");
                case Node.Read _ -> tokens.put(node, state);
                case Node.Assign _ -> state = inputs.get(0);
                case Node.Call call when call.op() instanceof ShapeOp.Reshape -> tokens.put(node, inputs.get(0));
                case Node.Call call -> {
                    tokens.put(node, call.op().opName() + System.identityHashCode(node));
                    List<String> step = new ArrayList<>(inputs);
                    step.add(tokens.get(node));
                    expected.add(step);
                }
            }
        }
        TokenMemory memory = new TokenMemory();
        for (int i = 0; i < plan.inputs().size(); i++) {
            memory.write(plan.inputs().get(i), tokens.get(graph.inputs().get(i)));
        }
        int run = 0;
        for (Plan.Step step : plan.steps()) {
            switch (step) {
                case Plan.Copy copy -> memory.write(copy.target(), memory.read(copy.source()));
                case Plan.Run op -> {
                    List<String> tokensOf = expected.get(run++);
                    for (int i = 0; i < op.inputs().size(); i++) {
                        assertThat(memory.read(op.inputs().get(i)))
                                .as("seed %d: input %d of %s", seed, i, op)
                                .isEqualTo(tokensOf.get(i));
                    }
                    for (int i = 0; i < op.inputs().size(); i++) {
                        assertThat(overlap(op.inputs().get(i), op.outputs().get(0)))
                                .as("seed %d: %s writes over its input %d", seed, op, i)
                                .isIn(false, target.overwrites(op.op(), i, 0));
                    }
                    memory.write(op.outputs().get(0), tokensOf.getLast());
                }
            }
        }
        assertThat(run).isEqualTo(expected.size());
        for (int i = 0; i < plan.outputs().size(); i++) {
            assertThat(memory.read(plan.outputs().get(i)))
                    .as("seed %d: output %d of\n%s\n%s", seed, i, graph, plan)
                    .isEqualTo(tokens.get(graph.outputs().get(i).node()));
        }
        assertThat(memory.variable).as("seed %d: the variable in the end", seed).isEqualTo(state);
    }

    private static boolean overlap(Plan.Location one, Plan.Location other) {
        return one instanceof Plan.InVariable && other instanceof Plan.InVariable
                || one instanceof Plan.InArena a
                        && other instanceof Plan.InArena b
                        && a.offset() < b.offset() + b.spec().bytes()
                        && b.offset() < a.offset() + a.spec().bytes();
    }

    private static final class TokenMemory {
        private final Map<Long, String> words = new HashMap<>();
        private String variable = "initial";

        void write(Plan.Location location, String token) {
            if (location instanceof Plan.InArena at) {
                for (long word = 0; word < at.spec().bytes(); word += 4) {
                    words.put(at.offset() + word, token);
                }
            } else {
                variable = token;
            }
        }

        String read(Plan.Location location) {
            if (!(location instanceof Plan.InArena at)) {
                return variable;
            }
            String token = words.get(at.offset());
            for (long word = 0; word < at.spec().bytes(); word += 4) {
                if (!Objects.equals(token, words.get(at.offset() + word))) {
                    return "a mixture of " + token + " and " + words.get(at.offset() + word);
                }
            }
            return token;
        }
    }
}
