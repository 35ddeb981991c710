/** What a device must offer: memory, running one op, running a plan. */
@NullMarked
package dev.lamina.backend;

import org.jspecify.annotations.NullMarked;
