/** Model files and the registry of layers. */
@NullMarked
package dev.lamina.saving;

import org.jspecify.annotations.NullMarked;
