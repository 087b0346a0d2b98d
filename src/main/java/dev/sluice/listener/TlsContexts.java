package dev.sluice.listener;

import dev.sluice.config.TlsConfig;
import dev.sluice.tls.Identity;
import dev.sluice.tls.KeyStores;
import dev.sluice.tls.PemFiles;
import dev.sluice.tls.TlsFileException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.Collections;
import java.util.HexFormat;
import org.eclipse.jetty.http2.HTTP2Cipher;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the TLS side of a listener from its configuration. */
public final class TlsContexts {
    private static final Logger log = LoggerFactory.getLogger(TlsContexts.class);

    private TlsContexts() {}

    /**
     * A context factory that is not started yet, so that Jetty XML may still tune protocols and ciphers: TLS 1.3 and 1.2,
     * with forward secrecy and authenticated encryption only, no renegotiation. Sessions are resumed as the JDK does.
     *
     * @param listener the name, for messages
     * @throws ListenerException when certificate or key cannot be used; a certificate out of its time is only a warning
     */
    public static SslContextFactory.Server create(String listener, TlsConfig tls) {
        char[] password = password();
        KeyStore keys = keys(listener, tls, password);
        warnOfDates(listener, keys);
        SslContextFactory.Server context = new RenewableContext();
        context.setKeyStore(keys);
        // The store lives in memory only; its password protects nothing, but Jetty and the JDK want one.
        context.setKeyStorePassword(new String(password));
        context.setIncludeProtocols("TLSv1.3", "TLSv1.2");
        // After Jetty's own exclusions (no RSA key exchange, no SHA-1): CBC, which HTTP/2 forbids too (RFC 9113
        // §9.2.2).
        context.addExcludeCipherSuites("^.*_CBC_.*$");
        // What HTTP/2 accepts first, so that ALPN does not choose h2 with a cipher that h2 must then refuse.
        context.setCipherComparator(HTTP2Cipher.COMPARATOR);
        context.setUseCipherSuitesOrder(true);
        context.setRenegotiationAllowed(false);
        return context;
    }

    /**
     * What puts another certificate into a context that is in use, prepared: the files have been read. Connections that are
     * open go on; handshakes from then on show the new one. Protocols and ciphers stay as they are.
     *
     * @throws ListenerException as {@link #create}; nothing has changed then
     */
    static Renewal renewal(String listener, SslContextFactory.Server context, TlsConfig tls) {
        char[] password = password();
        KeyStore keys = keys(listener, tls, password);
        warnOfDates(listener, keys);
        return () -> context.reload(same -> {
            same.setKeyStore(keys);
            same.setKeyStorePassword(new String(password));
        });
    }

    /** Puts a certificate into effect. */
    interface Renewal {
        void apply() throws Exception;
    }

    /**
     * Reads the files alone.
     *
     * @throws ListenerException as {@link #create}
     */
    public static void requireUsable(String listener, TlsConfig tls) {
        keys(listener, tls, password());
    }

    private static char[] password() {
        byte[] random = new byte[16];
        new SecureRandom().nextBytes(random);
        return HexFormat.of().formatHex(random).toCharArray();
    }

    private static KeyStore keys(String listener, TlsConfig tls, char[] password) {
        try {
            if (tls.keystore() != null) return KeyStores.read(tls.keystore(), tls.password(), password);
            if (tls.certificate() == null) return selfSigned(listener).toKeyStore(password);
            if (tls.key() == null)
                throw new ListenerException(
                        listener, "tls.key is missing (expected: the PEM key of " + tls.certificate() + ")");
            return new PemFiles("password")
                    .read(tls.certificate(), tls.key(), tls.password())
                    .toKeyStore(password);
        } catch (TlsFileException e) {
            throw new ListenerException(listener, String.valueOf(e.getMessage()), e);
        } catch (GeneralSecurityException e) {
            throw new ListenerException(listener, "the certificate cannot be used: " + e.getMessage(), e);
        }
    }

    private static Identity selfSigned(String listener) throws GeneralSecurityException {
        Identity identity = new SelfSigned(Clock.systemUTC()).make();
        log.warn(
                "listener {}: no certificate configured; made a self-signed one for localhost (sha256 {}), for trying out only",
                listener,
                identity.fingerprint());
        return identity;
    }

    /** Clients will refuse it, but a proxy that does not start would be worse, and the others may still have time. */
    private static void warnOfDates(String listener, KeyStore keys) {
        Instant now = Instant.now();
        try {
            for (String alias : Collections.list(keys.aliases())) {
                if (!(keys.getCertificate(alias) instanceof X509Certificate leaf)) continue;
                Instant from = leaf.getNotBefore().toInstant();
                Instant until = leaf.getNotAfter().toInstant();
                if (now.isAfter(until))
                    log.warn(
                            "listener {}: certificate {} has expired at {}",
                            listener,
                            leaf.getSubjectX500Principal(),
                            until);
                if (now.isBefore(from))
                    log.warn(
                            "listener {}: certificate {} is valid only from {}",
                            listener,
                            leaf.getSubjectX500Principal(),
                            from);
            }
        } catch (GeneralSecurityException e) {
            throw new ListenerException(listener, "the certificate cannot be used: " + e.getMessage(), e);
        }
    }
}
