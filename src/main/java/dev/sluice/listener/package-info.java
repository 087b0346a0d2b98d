/** The client's side: connectors, the rules of parsing, TLS and certificates, and the Jetty XML that tunes them. */
@NullMarked
package dev.sluice.listener;

import org.jspecify.annotations.NullMarked;
