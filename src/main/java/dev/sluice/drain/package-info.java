/** The orderly end: every exchange that can be finished is, within a deadline, and the others are named. */
@NullMarked
package dev.sluice.drain;

import org.jspecify.annotations.NullMarked;
