/** Lamina's exceptions. */
@NullMarked
package dev.lamina.errors;

import org.jspecify.annotations.NullMarked;
