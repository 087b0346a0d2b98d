/** The backends that serve a route, and the leases that exchanges take on them. No I/O, no Jetty. */
@NullMarked
package dev.sluice.upstream;

import org.jspecify.annotations.NullMarked;
