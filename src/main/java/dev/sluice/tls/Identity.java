package dev.sluice.tls;

import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * A private key and the certificates that go with it.
 *
 * @param key never printed
 * @param chain the key's own certificate first; never empty
 */
public record Identity(PrivateKey key, List<X509Certificate> chain) {
    public Identity {
        chain = List.copyOf(chain);
    }

    public X509Certificate leaf() {
        return chain.get(0);
    }

    /** Whether the certificate is of this key. Found by signing: it asks nothing of the kind of key. */
    static boolean match(PrivateKey key, X509Certificate certificate) throws GeneralSecurityException {
        if (!family(key.getAlgorithm()).equals(family(certificate.getPublicKey().getAlgorithm()))) return false;
        Signature signature = Signature.getInstance(signatureFor(key.getAlgorithm()));
        byte[] challenge = new byte[32];
        new SecureRandom().nextBytes(challenge);
        signature.initSign(key);
        signature.update(challenge);
        byte[] signed = signature.sign();
        signature.initVerify(certificate.getPublicKey());
        signature.update(challenge);
        return verifies(signature, signed);
    }

    private static boolean verifies(Signature signature, byte[] signed) {
        try {
            return signature.verify(signed);
        } catch (java.security.SignatureException e) {
            // Keys of different sizes, or of different curves: some providers throw where others answer false.
            return false;
        }
    }

    /** The same algorithm has several names, by provider and by format. */
    private static String family(String algorithm) {
        return switch (algorithm) {
            case "ECDSA" -> "EC";
            case "Ed25519", "Ed448" -> "EdDSA";
            default -> algorithm;
        };
    }

    private static String signatureFor(String algorithm) {
        return switch (family(algorithm)) {
            case "EC" -> "SHA256withECDSA";
            case "EdDSA" -> "EdDSA";
            default -> "SHA256with" + algorithm;
        };
    }

    /** A key store in memory that holds this identity alone. */
    public KeyStore toKeyStore(char[] password) throws GeneralSecurityException {
        KeyStore store = KeyStores.empty();
        store.setKeyEntry("identity", key, password, chain.toArray(X509Certificate[]::new));
        return store;
    }

    /** SHA-256 of the certificate, as browsers and openssl show it: {@code AB:CD:...}. */
    public String fingerprint() throws GeneralSecurityException {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(leaf().getEncoded());
        return HexFormat.ofDelimiter(":").formatHex(digest).toUpperCase(Locale.ROOT);
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "Identity[" + leaf().getSubjectX500Principal() + "]";
    }
}
