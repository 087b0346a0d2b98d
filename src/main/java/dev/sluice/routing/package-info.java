/**
 * From the path of a request to the route that serves it. Pure: no I/O, no clock, no servlet types. Everything here is
 * immutable and may be used by any thread.
 */
@NullMarked
package dev.sluice.routing;

import org.jspecify.annotations.NullMarked;
