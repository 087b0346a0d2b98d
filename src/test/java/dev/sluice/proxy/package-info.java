/** What only shows when the proxy's own state can be looked at. */
@NullMarked
package dev.sluice.proxy;

import org.jspecify.annotations.NullMarked;
