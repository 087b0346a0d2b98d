package dev.sluice.testkit;

/** A proxy that is up, however it is run. Listens on 127.0.0.1. */
public interface RunningProxy extends AutoCloseable {
    /** Port of the plain listener: HTTP/1.1 and h2c. */
    int httpPort();

    /** Port of the TLS listener: h2 and HTTP/1.1 by ALPN, a certificate that nobody need trust. */
    int tlsPort();

    /** Stops it and frees its ports. */
    @Override
    void close();
}
