/** Readers for data files and data sets. */
@NullMarked
package dev.lamina.data;

import org.jspecify.annotations.NullMarked;
