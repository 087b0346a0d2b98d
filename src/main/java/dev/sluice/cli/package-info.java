/** The commands that people type, what signals do to them, their exit statuses, and the operator's log. */
@NullMarked
package dev.sluice.cli;

import org.jspecify.annotations.NullMarked;
