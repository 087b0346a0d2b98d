package dev.sluice.listener;

import dev.sluice.config.ServerConfig;
import java.util.EnumSet;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;

/** How Jetty reads requests and writes responses in front of a proxy, for every protocol and every listener alike. */
public final class HttpRules {
    /** What Jetty starts with for a response's header fields; the buffer grows once, to the limit, when it is too small. */
    private static final int USUAL_RESPONSE_HEADER_SIZE = 8 * 1024;

    /** A whole frame of HTTP/2. Its factory would set the same on a configuration that HTTP/1.1 shares with it. */
    private static final int READ_SIZE = 16 * 1024;

    private HttpRules() {}

    /** A configuration with these rules and the bounds of the given record. */
    public static HttpConfiguration create(ServerConfig limits) {
        HttpConfiguration http = new HttpConfiguration();
        http.setRequestHeaderSize(limits.requestHeaderSize());
        http.setResponseHeaderSize(Math.min(USUAL_RESPONSE_HEADER_SIZE, limits.responseHeaderSize()));
        http.setMaxResponseHeaderSize(limits.responseHeaderSize());
        http.setInputBufferSize(READ_SIZE);
        apply(http);
        return http;
    }

    /**
     * Gives an existing configuration these rules, so that Jetty XML can call it on the {@code httpConfig} of a foreign
     * Jetty. Idempotent; leaves sizes and timeouts alone.
     */
    public static void apply(HttpConfiguration http) {
        // A proxy passes on what the backend says and invents no Date or Server of its own.
        http.setSendServerVersion(false);
        http.setSendXPoweredBy(false);
        http.setSendDateHeader(false);
        // Jetty keeps common values in a cache that ignores case: "Text/HTML" would come out as "text/html".
        http.setHeaderCacheCaseSensitive(true);
        // And a cache for each connection would be 100 kB as soon as a second request comes, which with some hundred
        // connections is more than a processor's caches hold: to parse a field anew is faster.
        http.setHeaderCacheSize(0);
        // Jetty's default accepts a bare LF as the end of a line. Two readers that differ on that see two requests.
        http.setHttpCompliance(HttpCompliance.STRICT);
        http.setUriCompliance(uriCompliance());
        if (http.getCustomizer(RequestRules.class) == null) http.addCustomizer(new RequestRules());
    }

    /**
     * All that a path may hold and still be passed byte for byte; which route it takes is decided in routing. Refused is
     * what has no place in a request's target: a fragment (RFC 9112 §3.2), user information (RFC 9110 §4.2.4), and
     * {@code %uXXXX}, which is no percent-encoding (RFC 3986 §2.1) and is decoded by some readers and not by others.
     */
    private static UriCompliance uriCompliance() {
        return new UriCompliance(
                "SLUICE",
                EnumSet.complementOf(EnumSet.of(
                        UriCompliance.Violation.FRAGMENT,
                        UriCompliance.Violation.USER_INFO,
                        UriCompliance.Violation.UTF16_ENCODINGS)));
    }
}
