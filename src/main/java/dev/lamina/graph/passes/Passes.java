package dev.lamina.graph.passes;

import dev.lamina.graph.Graph;
import dev.lamina.graph.PlanTarget;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The passes in their order. Each can be switched off, to find out whether it is at fault for a wrong result: by the
 * system property {@code dev.lamina.passes.off} or the environment variable {@code LAMINA_PASSES_OFF}, names by commas,
 * or {@code all}. All of them keep every bit of the results, and are tested for it, where the backend's fused ops do;
 * those of CUDA's cublasLt add up in an order of their own.
 */
public final class Passes {
    private static final List<Pass> ALL = List.of(
            new DeadNodes(),
            new CommonSubexpressions(),
            new PoolBeforeRelu(),
            new FuseLinear(),
            new FuseLinearBackward(),
            new FuseGatedProduct(),
            new FuseConvolution(),
            new FusePooling(),
            new FuseResidualNorm(),
            new HalfGradients(),
            new DeadNodes(),
            new MergeCasts(),
            new FuseSequences(),
            new DrawAgain(),
            new FuseElementwise(),
            new DeadNodes());

    private Passes() {}

    /** The names of the passes. */
    public static List<String> names() {
        return ALL.stream().map(Pass::name).distinct().toList();
    }

    /** Runs the passes that are switched on. */
    public static Graph optimize(Graph graph, PlanTarget target) {
        return optimize(graph, target, switchedOff());
    }

    /**
     * Runs the passes but for those named.
     *
     * @param off names of passes, or {@code all}; an unknown one is an {@link IllegalArgumentException}
     */
    public static Graph optimize(Graph graph, PlanTarget target, Set<String> off) {
        for (String name : off) {
            if (!name.equals("all") && !names().contains(name)) {
                throw new IllegalArgumentException("[passes] expected names of passes to switch off, of " + names()
                        + ", or all; received \"" + name + "\".");
            }
        }
        Graph result = graph;
        for (Pass pass : ALL) {
            if (!off.contains("all") && !off.contains(pass.name())) {
                result = pass.apply(result, target);
            }
        }
        return result;
    }

    private static Set<String> switchedOff() {
        String environment = System.getenv().getOrDefault("LAMINA_PASSES_OFF", "");
        return Arrays.stream(
                        System.getProperty("dev.lamina.passes.off", environment).split(",", -1))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .collect(Collectors.toSet());
    }
}
