/** The drain, tried over real sockets while exchanges are under way. */
@NullMarked
package dev.sluice.drain;

import org.jspecify.annotations.NullMarked;
