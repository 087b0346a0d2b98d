/** Where everything is put together: from a configuration to a server that runs. */
@NullMarked
package dev.sluice.runtime;

import org.jspecify.annotations.NullMarked;
