package dev.sluice.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How TLS to a backend is spoken. Without any of it: the JDK's trust store, the backend's host as name, no certificate.
 *
 * @param trust PEM certificates, or a PKCS#12 trust store, that take the place of the JDK's; null for the JDK's
 * @param trustPassword of a PKCS#12 trust store; null for none, and with PEM
 * @param serverName what the backend's certificate must be for, and what SNI says (RFC 6066 §3); null for its host
 * @param certificate the proxy's own PEM chain, leaf first, for backends that ask for one; null for none
 * @param key its PEM key; null when certificate is
 * @param keyPassword of the key; null for none
 * @param verify whether the backend's certificate is checked at all; default true
 */
public record BackendTlsConfig(
        @Nullable Path trust,
        @Nullable String trustPassword,
        @Nullable String serverName,
        @Nullable Path certificate,
        @Nullable Path key,
        @Nullable String keyPassword,
        boolean verify) {
    /** Without the passwords. */
    @Override
    public String toString() {
        return "BackendTlsConfig[trust=" + trust + ", serverName=" + serverName + ", certificate=" + certificate
                + ", verify=" + verify + "]";
    }
}
