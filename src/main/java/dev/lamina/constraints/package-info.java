/** Projections that weights go through after each update. */
@NullMarked
package dev.lamina.constraints;

import org.jspecify.annotations.NullMarked;
