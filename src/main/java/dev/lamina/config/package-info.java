/** Configurations: objects as plain data, in the form of Keras's files. */
@NullMarked
package dev.lamina.config;

import org.jspecify.annotations.NullMarked;
