/** Drills of whole configurations, and what they say of them. */
@NullMarked
package dev.sluice.drill;

import org.jspecify.annotations.NullMarked;
