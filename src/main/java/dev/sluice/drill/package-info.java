/** Rehearses a stop: clients of all kinds, stand-ins for backends, and what both sides saw of it. */
@NullMarked
package dev.sluice.drill;

import org.jspecify.annotations.NullMarked;
