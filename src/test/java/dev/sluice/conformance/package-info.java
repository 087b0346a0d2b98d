/** What a client and an origin may expect of the proxy between them, over every protocol and every way to run it. */
@NullMarked
package dev.sluice.conformance;

import org.jspecify.annotations.NullMarked;
