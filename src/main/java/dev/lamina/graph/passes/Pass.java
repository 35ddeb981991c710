package dev.lamina.graph.passes;

import dev.lamina.graph.Graph;
import dev.lamina.graph.PlanTarget;

/** Rewrites a graph into one that gives the same outputs and leaves the same values in the variables. */
interface Pass {
    /** The name by which it is switched off. */
    String name();

    Graph apply(Graph graph, PlanTarget target);
}
