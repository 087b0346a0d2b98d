/** The proxy inside another program. */
@NullMarked
package dev.sluice.runtime;

import org.jspecify.annotations.NullMarked;
