/** Observers of training. */
@NullMarked
package dev.lamina.callbacks;

import org.jspecify.annotations.NullMarked;
