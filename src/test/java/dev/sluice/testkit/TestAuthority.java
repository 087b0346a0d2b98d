package dev.sluice.testkit;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority that nobody trusts unless told to, and the files that configurations name. */
public final class TestAuthority {
    public static final String PASSWORD = "changeit";

    private final Path directory;
    private final String name;
    private final KeyPair keys;
    private final X509Certificate certificate;

    /**
     * A certificate with its key, in files.
     *
     * @param certificate PEM, without the authority's
     * @param key PEM
     * @param store the same for a server; password {@link #PASSWORD}
     */
    public record Issued(Path certificate, Path key, KeyStore store) {}

    /** @param name of its own in the directory that its files go to */
    public TestAuthority(Path directory, String name) {
        this.directory = directory;
        this.name = name;
        try {
            keys = keys();
            certificate = sign("CN=" + name, keys, new GeneralName[0]);
            Files.writeString(pem(), pem("CERTIFICATE", certificate.getEncoded()));
        } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Its own certificate, to be trusted. */
    public Path pem() {
        return directory.resolve(name + ".pem");
    }

    public X509Certificate certificate() {
        return certificate;
    }

    /**
     * A certificate of this authority.
     *
     * @param subject the common name, and that of the files
     * @param names what it is for, DNS names or addresses
     */
    public Issued issue(String subject, String... names) {
        GeneralName[] forNames = new GeneralName[names.length];
        for (int i = 0; i < names.length; i++)
            forNames[i] = new GeneralName(
                    names[i].matches("[0-9.]+") ? GeneralName.iPAddress : GeneralName.dNSName, names[i]);
        try {
            KeyPair its = keys();
            X509Certificate issued = sign("CN=" + subject, its, forNames);
            Path pem = Files.writeString(directory.resolve(subject + ".pem"), pem("CERTIFICATE", issued.getEncoded()));
            Path key = Files.writeString(
                    directory.resolve(subject + "-key.pem"),
                    pem("PRIVATE KEY", its.getPrivate().getEncoded()));
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry(
                    subject, its.getPrivate(), PASSWORD.toCharArray(), new Certificate[] {issued, certificate});
            return new Issued(pem, key, store);
        } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair keys() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        return generator.generateKeyPair();
    }

    /** Without names it is the authority's own. */
    private X509Certificate sign(String subject, KeyPair its, GeneralName[] names)
            throws GeneralSecurityException, OperatorCreationException, CertIOException {
        Instant now = Instant.now();
        boolean own = its == keys;
        var builder = new JcaX509v3CertificateBuilder(
                new X500Name("CN=" + name),
                new BigInteger(64, new SecureRandom()),
                Date.from(now.minus(Duration.ofHours(1))),
                Date.from(now.plus(Duration.ofHours(12))),
                new X500Name(subject),
                its.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(own));
        if (names.length > 0) builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
        var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate());
        return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
    }

    private static String pem(String type, byte[] der) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n";
    }
}
