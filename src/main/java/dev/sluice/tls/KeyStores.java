package dev.sluice.tls;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Collections;
import org.jspecify.annotations.Nullable;

/** Reads key stores and trust stores. */
public final class KeyStores {
    private static final String TYPE = "PKCS12";
    /** What every PKCS#12 file begins with, and no text. */
    private static final int DER_SEQUENCE = 0x30;

    private KeyStores() {}

    /** One that never leaves this process. PKCS#12 would take its time to make guessing passwords hard. */
    public static KeyStore empty() throws GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("JKS");
        try {
            store.load(null, null);
        } catch (IOException e) {
            throw new UncheckedIOException("nothing was to be read", e);
        }
        return store;
    }

    /**
     * The keys of a file, with their chains, under a new password. More than one is fine: the client's SNI chooses.
     *
     * @throws TlsFileException names the file and what was expected
     */
    public static KeyStore read(Path file, @Nullable String filePassword, char[] newPassword) {
        char[] password = chars(filePassword);
        KeyStore from = open("keystore", "password", file, filePassword);
        try {
            KeyStore to = empty();
            for (String alias : Collections.list(from.aliases())) {
                if (!from.isKeyEntry(alias)) continue;
                Certificate[] chain = from.getCertificateChain(alias);
                if (chain != null) to.setKeyEntry(alias, from.getKey(alias, password), newPassword, chain);
            }
            if (to.size() == 0)
                throw new TlsFileException(
                        "keystore",
                        file.toString(),
                        "holds no private key (expected: a key with its certificate chain)");
            return to;
        } catch (GeneralSecurityException e) {
            throw new TlsFileException("keystore", file.toString(), problem(e, filePassword, "password"), e);
        }
    }

    /**
     * The certificates that a file says are trusted: PEM, or PKCS#12 as {@code keytool -importcert} makes it.
     *
     * @param setting for messages; that of its password is called {@code settingPassword}
     * @throws TlsFileException names the file and what was expected
     */
    public static KeyStore trusted(String setting, Path file, @Nullable String filePassword) {
        try {
            KeyStore to = empty();
            if (isPem(file)) {
                if (filePassword != null)
                    throw new TlsFileException(
                            setting, file.toString(), "takes no password (expected: none, as it is PEM)");
                for (X509Certificate one : PemFiles.certificates(setting, file))
                    to.setCertificateEntry("trusted-" + to.size(), one);
                return to;
            }
            KeyStore from = open(setting, setting + "Password", file, filePassword);
            for (String alias : Collections.list(from.aliases()))
                if (from.isCertificateEntry(alias)) to.setCertificateEntry(alias, from.getCertificate(alias));
            if (to.size() == 0)
                throw new TlsFileException(
                        setting,
                        file.toString(),
                        "holds no trusted certificate (expected: PEM, or PKCS#12 as keytool -importcert makes it)");
            return to;
        } catch (GeneralSecurityException e) {
            throw new TlsFileException(setting, file.toString(), "cannot be used: " + e.getMessage(), e);
        }
    }

    /** Whatever is not DER, so that it is the reader of PEM who complains of what is neither. */
    private static boolean isPem(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return in.read() != DER_SEQUENCE;
        } catch (IOException e) {
            return true; // Who reads it as PEM says what is wrong.
        }
    }

    private static KeyStore open(String setting, String passwordSetting, Path file, @Nullable String password) {
        try (InputStream in = Files.newInputStream(file)) {
            KeyStore store = KeyStore.getInstance(TYPE);
            store.load(in, chars(password));
            return store;
        } catch (IOException | GeneralSecurityException e) {
            throw new TlsFileException(setting, file.toString(), problem(e, password, passwordSetting), e);
        }
    }

    private static char[] chars(@Nullable String password) {
        return password == null ? new char[0] : password.toCharArray();
    }

    private static String problem(Exception e, @Nullable String password, String passwordSetting) {
        if (e instanceof java.nio.file.NoSuchFileException) return "does not exist (expected: a PKCS#12 file)";
        if (e instanceof java.nio.file.AccessDeniedException)
            return "cannot be read (expected: a readable PKCS#12 file)";
        if (e.getCause() instanceof UnrecoverableKeyException || e instanceof UnrecoverableKeyException)
            return password == null
                    ? "needs a password (expected: tls." + passwordSetting + ", from the environment)"
                    : "cannot be opened: wrong password";
        return "is no key store (expected: a PKCS#12 file)";
    }
}
