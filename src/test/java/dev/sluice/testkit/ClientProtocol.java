package dev.sluice.testkit;

import java.io.IOException;

/** The protocols that a client may speak to the proxy. */
public enum ClientProtocol {
    /** HTTP/1.1 over plain TCP. */
    HTTP11,
    /** HTTP/1.1 over TLS. */
    TLS,
    /** HTTP/2 over TLS, by ALPN. */
    H2,
    /** HTTP/2 over plain TCP, by prior knowledge (RFC 9113 §3.3). */
    H2C;

    public boolean http2() {
        return this == H2 || this == H2C;
    }

    public boolean secure() {
        return this == H2 || this == TLS;
    }

    /** {@code http} or {@code https}. */
    public String scheme() {
        return secure() ? "https" : "http";
    }

    public int port(RunningProxy proxy) {
        return secure() ? proxy.tlsPort() : proxy.httpPort();
    }

    /** A new connection. */
    public TestClient connect(RunningProxy proxy) throws IOException {
        return connect(port(proxy));
    }

    /** A new connection to a port of 127.0.0.1. */
    public TestClient connect(int port) throws IOException {
        return switch (this) {
            case HTTP11 -> new RawTestClient(RawClient.plain(port));
            case TLS -> new RawTestClient(RawClient.tls(port));
            case H2 -> H2Client.tls(port);
            case H2C -> H2Client.plain(port);
        };
    }
}
