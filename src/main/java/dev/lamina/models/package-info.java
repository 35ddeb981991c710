/** Models and the training loop. */
@NullMarked
package dev.lamina.models;

import org.jspecify.annotations.NullMarked;
