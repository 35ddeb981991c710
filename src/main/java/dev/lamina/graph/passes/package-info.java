/** Passes: rewriting a traced step into one that computes the same with less work. */
@NullMarked
package dev.lamina.graph.passes;

import org.jspecify.annotations.NullMarked;
