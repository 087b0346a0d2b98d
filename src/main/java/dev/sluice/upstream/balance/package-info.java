/** The order in which the backends of a pool are tried: one small class for each policy. */
@NullMarked
package dev.sluice.upstream.balance;

import org.jspecify.annotations.NullMarked;
