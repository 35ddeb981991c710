package dev.lamina.cli;

import java.io.PrintStream;

/**
 * Where a command writes.
 *
 * @param interactive whether a person is watching, so that a line may be redrawn
 */
record Terminal(PrintStream out, PrintStream err, boolean interactive) {}
