/** What operators and load balancers ask a running proxy, and what operators tell it. */
@NullMarked
package dev.sluice.admin;

import org.jspecify.annotations.NullMarked;
