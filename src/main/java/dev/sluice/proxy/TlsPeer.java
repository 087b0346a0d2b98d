package dev.sluice.proxy;

import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * What makes TLS to a backend another than the usual. As the tag of a destination of Jetty's client it keeps those apart
 * that are to trust, or to show, something else at the same address.
 *
 * @param context whom to trust and what to show; null for the client's own. Compared by identity: the same settings have
 *     the same one
 * @param serverName what the certificate must be for; null for the host that is connected to
 */
record TlsPeer(@Nullable SSLContext context, @Nullable String serverName) {}
