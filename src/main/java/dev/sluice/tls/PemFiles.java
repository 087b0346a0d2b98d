package dev.sluice.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import nl.altindag.ssl.pem.util.PemUtils;
import org.jspecify.annotations.Nullable;

/**
 * Reads a certificate chain and its key from PEM files (RFC 7468), which may be one and the same file. Keys: PKCS#1,
 * PKCS#8, SEC 1, plain or encrypted in either of the two ways.
 *
 * <p>Errors name the setting, the file and what was expected; never the password.
 */
public final class PemFiles {
    private static final Pattern CERTIFICATE =
            Pattern.compile("-----BEGIN (?:X509 )?CERTIFICATE-----[^-]+-----END (?:X509 )?CERTIFICATE-----");
    private static final Pattern KEY = Pattern.compile(
            "-----BEGIN ((?:[A-Z0-9]+ )*)PRIVATE KEY-----(.+?)-----END \\1PRIVATE KEY-----", Pattern.DOTALL);

    private final String passwordSetting;

    /** @param passwordSetting what the setting for the key's password is called, for messages */
    public PemFiles(String passwordSetting) {
        this.passwordSetting = passwordSetting;
    }

    /**
     * Both files, checked against each other.
     *
     * @param password of the key; null when it is not encrypted
     * @throws TlsFileException when a file cannot be used, or the key is not the first certificate's
     */
    public Identity read(Path certificate, Path key, @Nullable String password) {
        List<X509Certificate> chain = certificates("certificate", certificate);
        Identity identity = new Identity(key(key, password), chain);
        try {
            if (Identity.match(identity.key(), identity.leaf())) return identity;
            for (X509Certificate other : identity.chain())
                if (Identity.match(identity.key(), other))
                    throw problem(
                            "certificate", certificate, "is out of order (expected: the key's own certificate first)");
        } catch (GeneralSecurityException e) {
            throw problem("key", key, "cannot sign (expected: an RSA, EC or EdDSA key)", e);
        }
        throw problem(
                "key",
                key,
                "is not the key of " + certificate + " (expected: the key that the certificate was made for)");
    }

    /**
     * All certificates of a file, in their order; at least one.
     *
     * @param setting for messages
     * @throws TlsFileException when the file cannot be used
     */
    public static List<X509Certificate> certificates(String setting, Path file) {
        List<X509Certificate> chain = new ArrayList<>();
        Matcher blocks = CERTIFICATE.matcher(text(setting, file));
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            while (blocks.find())
                chain.add((X509Certificate) factory.generateCertificate(
                        new ByteArrayInputStream(blocks.group().getBytes(StandardCharsets.US_ASCII))));
        } catch (CertificateException e) {
            throw problem(
                    setting, file, "holds a certificate that cannot be read (number " + (chain.size() + 1) + ")", e);
        }
        if (chain.isEmpty())
            throw problem(setting, file, "holds no certificate (expected: PEM, -----BEGIN CERTIFICATE-----)");
        return chain;
    }

    private PrivateKey key(Path file, @Nullable String password) {
        Matcher block = KEY.matcher(text("key", file));
        if (!block.find())
            throw problem("key", file, "holds no private key (expected: PEM, -----BEGIN PRIVATE KEY----- or alike)");
        boolean encrypted =
                block.group(1).contains("ENCRYPTED") || block.group(2).contains("Proc-Type: 4,ENCRYPTED");
        if (encrypted && password == null)
            throw problem("key", file, "is encrypted (expected: tls." + passwordSetting + ", from the environment)");
        try {
            // Only the key's own block: a file may hold EC parameters or the certificates beside it.
            return encrypted && password != null
                    ? PemUtils.parsePrivateKey(block.group(), password.toCharArray())
                    : PemUtils.parsePrivateKey(block.group());
        } catch (RuntimeException e) {
            throw problem("key", file, encrypted ? "cannot be decrypted: wrong password" : "cannot be read", e);
        }
    }

    private static String text(String setting, Path file) {
        try {
            // Never fails on bytes that are no text, so that a DER file is told apart from a missing one.
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            throw problem(setting, file, "does not exist (expected: a PEM file)", e);
        } catch (AccessDeniedException e) {
            throw problem(setting, file, "cannot be read: permission denied", e);
        } catch (IOException e) {
            throw problem(setting, file, "cannot be read: " + e.getMessage(), e);
        }
    }

    private static TlsFileException problem(String setting, Path file, String what) {
        return new TlsFileException(setting, file.toString(), what);
    }

    private static TlsFileException problem(String setting, Path file, String what, Exception cause) {
        return new TlsFileException(setting, file.toString(), what, cause);
    }
}
