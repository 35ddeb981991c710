/** The layer system and the built-in layers. */
@NullMarked
package dev.lamina.layers;

import org.jspecify.annotations.NullMarked;
