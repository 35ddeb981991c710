/** What layers and users call: ops, gradient tape, scopes, the choice of backend. */
@NullMarked
package dev.lamina.runtime;

import org.jspecify.annotations.NullMarked;
