package dev.sluice.cli;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.BackendTlsConfig;
import dev.sluice.config.ConfigError;
import dev.sluice.config.ListenerConfig;
import dev.sluice.config.LoadedConfig;
import dev.sluice.config.Origins;
import dev.sluice.config.PoolConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.TlsConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Certificates that are not valid, or not for long, and keys that others can read. Whether files can be used at all is
 * for those to say who use them: what cannot be read here is passed over.
 */
final class CertificateWarnings implements WarningSource {
    static final Duration SOON = Duration.ofDays(30);

    private static final Logger log = LoggerFactory.getLogger(CertificateWarnings.class);

    private final Instant now;

    CertificateWarnings(Instant now) {
        this.now = now;
    }

    @Override
    public List<ConfigError> warnings(LoadedConfig loaded) {
        List<ConfigError> found = new ArrayList<>();
        Origins origins = loaded.origins();
        for (ListenerConfig listener : loaded.config().listeners()) {
            TlsConfig tls = listener.tls();
            if (tls == null) continue;
            look(tls.certificate(), null, found, origins, "listeners", listener.name(), "tls", "certificate");
            look(tls.keystore(), tls.password(), found, origins, "listeners", listener.name(), "tls", "keystore");
            secrecy(tls.key(), found, origins, "listeners", listener.name(), "tls", "key");
            secrecy(tls.keystore(), found, origins, "listeners", listener.name(), "tls", "keystore");
        }
        List<RouteConfig> routes = loaded.config().routes();
        for (int i = 0; i < routes.size(); i++) {
            for (PoolConfig pool : routes.get(i).pools()) backends(pool, routes.get(i), i, found, origins);
        }
        // Several backends, and several routes, have their settings from one place.
        return found.stream().distinct().toList();
    }

    private void backends(PoolConfig pool, RouteConfig route, int index, List<ConfigError> found, Origins origins) {
        for (BackendConfig backend : pool.backends()) {
            BackendTlsConfig tls = backend.tls();
            if (tls == null) continue;
            String[] trust = PoolPlace.steps(origins, route, pool, index, "tls", "trust");
            look(tls.trust(), tls.trustPassword(), found, origins, trust);
            String[] certificate = PoolPlace.steps(origins, route, pool, index, "tls", "certificate");
            look(tls.certificate(), null, found, origins, certificate);
            secrecy(tls.key(), found, origins, PoolPlace.steps(origins, route, pool, index, "tls", "key"));
        }
    }

    private void look(
            @Nullable Path file, @Nullable String password, List<ConfigError> found, Origins origins, String... steps) {
        if (file == null) return;
        for (X509Certificate certificate : certificates(file, password)) {
            String flaw = flaw(certificate);
            if (flaw == null) continue;
            String subject = certificate.getSubjectX500Principal().getName();
            found.add(origins.at("the certificate of " + subject + " " + flaw, steps));
        }
    }

    private @Nullable String flaw(X509Certificate certificate) {
        Instant from = certificate.getNotBefore().toInstant();
        Instant to = certificate.getNotAfter().toInstant();
        if (now.isBefore(from)) return "is not valid before " + day(from) + " (expected one that is)";
        if (now.isAfter(to)) return "expired on " + day(to) + " (expected a new one)";
        Duration left = Duration.between(now, to);
        if (left.compareTo(SOON) >= 0) return null;
        return "expires on " + day(to) + ", in " + left.toDays() + " days (expected a new one " + SOON.toDays()
                + " days before)";
    }

    private static String day(Instant instant) {
        return instant.atZone(ZoneOffset.UTC).toLocalDate().toString();
    }

    private static Collection<X509Certificate> certificates(Path file, @Nullable String password) {
        List<X509Certificate> found = new ArrayList<>();
        try {
            for (Certificate one : isPem(file) ? pem(file) : pkcs12(file, password))
                if (one instanceof X509Certificate x509) found.add(x509);
        } catch (IOException | GeneralSecurityException e) {
            log.debug("{} is passed over", file, e);
        }
        return found;
    }

    private static boolean isPem(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            // PKCS#12 begins with a SEQUENCE of ASN.1.
            return in.read() != 0x30;
        }
    }

    private static Collection<? extends Certificate> pem(Path file) throws IOException, GeneralSecurityException {
        try (InputStream in = Files.newInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(in);
        }
    }

    /** Of each chain the certificate that is shown, the leaf. */
    private static Collection<Certificate> pkcs12(Path file, @Nullable String password)
            throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, password == null ? null : password.toCharArray());
        }
        List<Certificate> found = new ArrayList<>();
        for (String alias : Collections.list(store.aliases())) found.add(store.getCertificate(alias));
        return found;
    }

    private static void secrecy(@Nullable Path file, List<ConfigError> found, Origins origins, String... steps) {
        if (file == null) return;
        try {
            if (Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ))
                found.add(origins.at("every user can read the key (expected chmod o-r " + file + ")", steps));
        } catch (IOException | UnsupportedOperationException e) {
            log.debug("permissions of {} are not known", file, e);
        }
    }
}
