package dev.sluice.listener;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.util.Collections;
import org.jspecify.annotations.Nullable;

/** Reads PKCS#12 files. */
final class KeyStores {
    private static final String TYPE = "PKCS12";

    private KeyStores() {}

    /** One that never leaves this process. PKCS#12 would take its time to make guessing passwords hard. */
    static KeyStore empty() throws GeneralSecurityException {
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
     * @throws ListenerException names the file and what was expected
     */
    static KeyStore read(String listener, Path file, @Nullable String filePassword, char[] newPassword) {
        char[] password = filePassword == null ? new char[0] : filePassword.toCharArray();
        try (InputStream in = Files.newInputStream(file)) {
            KeyStore from = KeyStore.getInstance(TYPE);
            from.load(in, password);
            KeyStore to = empty();
            for (String alias : Collections.list(from.aliases())) {
                if (!from.isKeyEntry(alias)) continue;
                Certificate[] chain = from.getCertificateChain(alias);
                if (chain != null) to.setKeyEntry(alias, from.getKey(alias, password), newPassword, chain);
            }
            if (to.size() == 0)
                throw new ListenerException(
                        listener,
                        "tls.keystore: " + file + " holds no private key (expected: a key with its certificate chain)");
            return to;
        } catch (IOException | GeneralSecurityException e) {
            throw new ListenerException(listener, "tls.keystore: " + file + " " + problem(e, filePassword), e);
        }
    }

    private static String problem(Exception e, @Nullable String password) {
        if (e instanceof java.nio.file.NoSuchFileException) return "does not exist (expected: a PKCS#12 file)";
        if (e instanceof java.nio.file.AccessDeniedException)
            return "cannot be read (expected: a readable PKCS#12 file)";
        if (e.getCause() instanceof UnrecoverableKeyException || e instanceof UnrecoverableKeyException)
            return password == null
                    ? "needs a password (expected: tls.password, from the environment)"
                    : "cannot be opened: wrong password";
        return "is no key store (expected: a PKCS#12 file)";
    }
}
