/** Traced programs: nodes, the tracer that records them, and the plan that lays them out in memory. */
@NullMarked
package dev.lamina.graph;

import org.jspecify.annotations.NullMarked;
