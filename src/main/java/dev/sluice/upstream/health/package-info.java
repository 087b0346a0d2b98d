/** Which backends are well: what is known of each, and who asks them. No I/O of its own, no Jetty. */
@NullMarked
package dev.sluice.upstream.health;

import org.jspecify.annotations.NullMarked;
