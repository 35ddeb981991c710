/** The CPU backend: plain-Java reference kernels, with matrix multiplication on oneDNN. */
@NullMarked
package dev.lamina.backend.cpu;

import org.jspecify.annotations.NullMarked;
