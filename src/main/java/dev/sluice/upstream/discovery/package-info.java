/**
 * Where backends are found other than in the configuration itself: by names in DNS, and in files that are watched. Looks
 * names up and reads files on threads of its own; no Jetty.
 */
@NullMarked
package dev.sluice.upstream.discovery;

import org.jspecify.annotations.NullMarked;
