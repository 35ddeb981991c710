/** The operations as values: each knows its name, its attributes, its shape rule and its gradient rule. */
@NullMarked
package dev.lamina.ops;

import org.jspecify.annotations.NullMarked;
