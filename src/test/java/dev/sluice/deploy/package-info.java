/** The WAR in a Jetty that Sluice did not build. */
@NullMarked
package dev.sluice.deploy;

import org.jspecify.annotations.NullMarked;
