/** Penalties on weights. */
@NullMarked
package dev.lamina.regularizers;

import org.jspecify.annotations.NullMarked;
