/** Scripted origins, raw clients and running proxies that the tests are written with. Real sockets only. */
@NullMarked
package dev.sluice.testkit;

import org.jspecify.annotations.NullMarked;
