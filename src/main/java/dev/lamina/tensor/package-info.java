/** Shapes, element types, tensors, variables and the host's arrays. */
@NullMarked
package dev.lamina.tensor;

import org.jspecify.annotations.NullMarked;
