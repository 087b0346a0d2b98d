/** Configurations of other proxies, as far as they can be carried over into Sluice's own YAML. */
@NullMarked
package dev.sluice.importing;

import org.jspecify.annotations.NullMarked;
