package dev.sluice.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The certificate of a TLS listener. With neither {@code certificate} nor {@code keystore} one is made at start, for
 * trying things out.
 *
 * @param certificate PEM chain, leaf first; given together with {@code key}
 * @param key PEM private key: PKCS#1, PKCS#8 or EC, encrypted or not
 * @param keystore PKCS#12 file with chain and key, instead of the two PEM files
 * @param password of the encrypted key or of the keystore; read from the environment, never from the file itself
 */
public record TlsConfig(
        @Nullable Path certificate,
        @Nullable Path key,
        @Nullable Path keystore,
        @Nullable String password) {
    /** A certificate made at start. */
    public static TlsConfig generated() {
        return new TlsConfig(null, null, null, null);
    }

    /**
     * PEM files.
     *
     * @param password of the key, null when it is not encrypted
     */
    public static TlsConfig pem(Path certificate, Path key, @Nullable String password) {
        return new TlsConfig(certificate, key, null, password);
    }

    /**
     * A PKCS#12 file.
     *
     * @param password null when it has none
     */
    public static TlsConfig pkcs12(Path keystore, @Nullable String password) {
        return new TlsConfig(null, null, keystore, password);
    }

    /** True when the listener makes its own certificate at start. */
    public boolean selfSigned() {
        return certificate == null && keystore == null;
    }

    /** Without the password, so that a configuration can be printed. */
    @Override
    public String toString() {
        return "TlsConfig[certificate=" + certificate + ", key=" + key + ", keystore=" + keystore + "]";
    }
}
