/** The benchmark: {@code lamina bench}. */
@NullMarked
package dev.lamina.cli.bench;

import org.jspecify.annotations.NullMarked;
