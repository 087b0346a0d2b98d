/** One exchange from end to end: rules for header fields, bodies in both directions, failures and retries. */
@NullMarked
package dev.sluice.proxy;

import org.jspecify.annotations.NullMarked;
