package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.BackendTlsConfig;
import dev.sluice.config.HealthConfig.Tls;
import dev.sluice.testkit.SecureOrigin;
import dev.sluice.testkit.TestAuthority;
import dev.sluice.upstream.health.Probe.Finding;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** TLS settings of backends: their files, what a handshake begins with, and checks of such backends. */
@Timeout(60)
class BackendTlsTest {
    private @TempDir Path directory = Path.of("");

    private TestAuthority authority() {
        return new TestAuthority(directory, "authority");
    }

    private static BackendTlsConfig trusting(Path trust, @Nullable String password) {
        return new BackendTlsConfig(trust, password, null, null, null, null, true);
    }

    private static BackendTlsConfig showing(Path certificate, Path key) {
        return new BackendTlsConfig(null, null, null, certificate, key, null, true);
    }

    private static BackendConfig backend(BackendTlsConfig tls) {
        return BackendConfig.parse("https://10.0.0.1").withTls(tls);
    }

    private static void refused(BackendTlsConfig tls, String reason) {
        assertThatThrownBy(() -> BackendTls.of(List.of(backend(tls))))
                .isInstanceOf(BackendTlsException.class)
                .hasMessage("backend https://10.0.0.1:443: tls." + reason);
    }

    // Files

    @Test
    void fileThatCannotBeTrustedIsNamed() throws Exception {
        Path missing = directory.resolve("missing.pem");
        Path text = Files.writeString(directory.resolve("text.pem"), "nothing of that kind");
        Path key = authority().issue("app", "app").key();
        Path garbage = Files.write(directory.resolve("garbage.p12"), new byte[] {0x30, 1, 2, 3});

        refused(trusting(missing, null), "trust: " + missing + " does not exist (expected: a PEM file)");
        String pem = " holds no certificate (expected: PEM, -----BEGIN CERTIFICATE-----)";
        refused(trusting(text, null), "trust: " + text + pem);
        refused(trusting(key, null), "trust: " + key + pem);
        refused(trusting(garbage, null), "trust: " + garbage + " is no key store (expected: a PKCS#12 file)");
        Path itsPem = authority().pem();
        refused(trusting(itsPem, "secret"), "trust: " + itsPem + " takes no password (expected: none, as it is PEM)");
    }

    @Test
    void trustStoreOpensWithItsPasswordAlone() throws Exception {
        Path file = directory.resolve("trust.p12");
        Path keys = directory.resolve("keys.p12");
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("one", authority().certificate());
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, TestAuthority.PASSWORD.toCharArray());
        }
        try (OutputStream out = Files.newOutputStream(keys)) {
            authority().issue("app", "app").store().store(out, TestAuthority.PASSWORD.toCharArray());
        }

        assertThat(BackendTls.of(List.of(backend(trusting(file, TestAuthority.PASSWORD)))))
                .isNotNull();
        refused(trusting(file, "wrong"), "trust: " + file + " cannot be opened: wrong password");
        refused(
                trusting(file, null),
                "trust: " + file + " needs a password (expected: tls.trustPassword, from the environment)");
        refused(
                trusting(keys, TestAuthority.PASSWORD),
                "trust: " + keys
                        + " holds no trusted certificate (expected: PEM, or PKCS#12 as keytool -importcert makes it)");
    }

    @Test
    void keyAndCertificateThatDoNotBelongTogetherAreNamed() {
        TestAuthority.Issued one = authority().issue("one", "one");
        TestAuthority.Issued other = authority().issue("other", "other");

        refused(
                showing(one.certificate(), other.key()),
                "key: " + other.key() + " is not the key of " + one.certificate()
                        + " (expected: the key that the certificate was made for)");
        refused(
                showing(one.certificate(), one.certificate()),
                "key: " + one.certificate()
                        + " holds no private key (expected: PEM, -----BEGIN PRIVATE KEY----- or alike)");
    }

    @Test
    void settingsThatTwoBackendsShareAreReadOnce() {
        BackendTlsConfig settings = trusting(authority().pem(), null);
        BackendConfig one = BackendConfig.parse("https://one").withTls(settings);
        BackendConfig two =
                BackendConfig.parse("https://two").withTls(trusting(authority().pem(), null));
        BackendTls tls = BackendTls.of(List.of(one, two));

        assertThat(tls.peer(one)).isEqualTo(tls.peer(two)).isNotNull();
        assertThat(tls.peer(BackendConfig.parse("https://three"))).isNull();
        assertThatThrownBy(() -> tls.peer(one.withTls(showing(Path.of("a"), Path.of("b")))))
                .hasMessage("backend https://one:443: its TLS settings were not made ready");
    }

    // Handshakes

    private SSLEngine engine(BackendConfig backend, String host, int port) throws Exception {
        BackendTls tls = BackendTls.of(List.of(backend));
        TlsEngines engines = new TlsEngines(tls);
        engines.start();
        try {
            Map<String, Object> context = new HashMap<>();
            TlsPeer peer = tls.peer(backend);
            if (peer != null) context.put(TlsEngines.PEER, peer);
            return engines.newSslEngine(host, port, context);
        } finally {
            engines.stop();
        }
    }

    private static @Nullable List<?> said(SSLEngine engine) {
        return engine.getSSLParameters().getServerNames();
    }

    @Test
    void nameComesFromTheSettingThenFromTheNameThenFromTheHost() throws Exception {
        BackendConfig plain = BackendConfig.parse("https://app.test");
        SSLEngine usual = engine(plain, "app.test", 443);
        assertThat(usual.getPeerHost()).isEqualTo("app.test");
        assertThat(usual.getPeerPort()).isEqualTo(443);

        SSLEngine found = engine(plain.at("10.0.0.1", 8443), "10.0.0.1", 8443);
        assertThat(found.getPeerHost()).isEqualTo("app.test");
        assertThat(said(found)).isEqualTo(List.of(new SNIHostName("app.test")));

        BackendTlsConfig other = new BackendTlsConfig(null, null, "web", null, null, null, true);
        SSLEngine set = engine(plain.at("10.0.0.1", 8443).withTls(other), "10.0.0.1", 8443);
        assertThat(set.getPeerHost()).isEqualTo("web");
        assertThat(said(set)).isEqualTo(List.of(new SNIHostName("web")));

        BackendTlsConfig address = new BackendTlsConfig(null, null, "10.1.1.1", null, null, null, true);
        SSLEngine numbered = engine(plain.withTls(address), "app.test", 443);
        assertThat(numbered.getPeerHost()).isEqualTo("10.1.1.1");
        assertThat(said(numbered)).isNullOrEmpty();
    }

    /** The JDK keeps the last session of each name and port: two servers would throw out each other's. */
    @Test
    void serversThatShareANameKeepASessionEach() throws Exception {
        BackendConfig named = BackendConfig.parse("https://app.test");
        int one = engine(named.at("10.0.0.1", 443), "10.0.0.1", 443).getPeerPort();
        assertThat(engine(named.at("10.0.0.1", 443), "10.0.0.1", 443).getPeerPort())
                .isEqualTo(one);
        assertThat(engine(named.at("10.0.0.2", 443), "10.0.0.2", 443).getPeerPort())
                .isNotEqualTo(one);
    }

    @Test
    void nothingOlderThanTls12IsSpokenWhateverTheSettings() throws Exception {
        BackendConfig backend = BackendConfig.parse("https://app.test");
        BackendTlsConfig unverified = new BackendTlsConfig(null, null, null, null, null, null, false);
        for (BackendConfig one : List.of(backend, backend.withTls(unverified)))
            assertThat(engine(one, "app.test", 443).getEnabledProtocols())
                    .containsExactlyInAnyOrder("TLSv1.3", "TLSv1.2");
    }

    // Checks

    @Test
    void checkTrustsAndShowsWhatTheBackendsSettingsSay() throws Exception {
        TestAuthority one = authority();
        TestAuthority two = new TestAuthority(directory, "two");
        TestAuthority.Issued shown = two.issue("proxy", "proxy");
        try (SecureOrigin origin = SecureOrigin.start("app", one.issue("app", "app.test"), two)) {
            BackendTlsConfig right =
                    new BackendTlsConfig(one.pem(), null, "app.test", shown.certificate(), shown.key(), null, true);
            BackendTlsConfig misnamed =
                    new BackendTlsConfig(one.pem(), null, null, shown.certificate(), shown.key(), null, true);
            BackendConfig backend = BackendConfig.parse(origin.url("127.0.0.1"));
            try (ProbedBackend probed = new ProbedBackend(backend.withTls(right), backend.withTls(misnamed))) {
                probed.start();
                Finding found = ask(probed, backend.withTls(right), "origin app, sni app.test, client CN=proxy");
                assertThat(found.passed()).as(found.reason()).isTrue();
                assertThat(ask(probed, backend.withTls(misnamed), null).reason())
                        .startsWith("TLS: certificate not trusted: No subject alternative names");
                assertThat(ask(probed, backend, null).reason())
                        .startsWith("TLS: certificate not trusted: unable to find valid certification path");
                Finding handshake = probed.probe
                        .ask(
                                ProbedBackend.backend(backend.withTls(right)),
                                ProbedBackend.within(ProbedBackend.LONG, new Tls()))
                        .get(20, TimeUnit.SECONDS);
                assertThat(handshake.passed()).as(handshake.reason()).isTrue();
            }
        }
    }

    private static Finding ask(ProbedBackend probed, BackendConfig backend, @Nullable String body) throws Exception {
        return probed.probe
                .ask(
                        ProbedBackend.backend(backend),
                        ProbedBackend.within(ProbedBackend.LONG, ProbedBackend.http("/", body)))
                .get(20, TimeUnit.SECONDS);
    }
}
