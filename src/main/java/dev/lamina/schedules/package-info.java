/** Learning rates that change by the step. */
@NullMarked
package dev.lamina.schedules;

import org.jspecify.annotations.NullMarked;
