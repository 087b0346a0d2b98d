package dev.sluice.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.config.TlsConfig;
import dev.sluice.tls.Identity;
import dev.sluice.tls.KeyStores;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.util.io.pem.PemObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS over real sockets, with certificates from every kind of file. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class TlsTest {
    private static final String PASSWORD = "correct horse";

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void clientChoosesTheProtocolByAlpn(HttpClient.Version version) throws Exception {
        Identity identity = new SelfSigned(Clock.systemUTC()).make();

        HttpResponse<String> answer = get(pem(identity), identity.leaf(), version);

        assertThat(answer.version()).isEqualTo(version);
        assertThat(answer.body()).matches("(?s)GET /a%2Fb HTTP/(1\\.1|2\\.0) secure\n.*");
        assertThat(answer.headers().firstValue("Strict-Transport-Security")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "127.0.0.1", "[::1]"})
    void certificateMadeAtStartIsGoodForThisMachine(String host) throws Exception {
        Identity made = new SelfSigned(Clock.systemUTC()).make();

        // The JDK's client checks the name; the listener does not check it against Host.
        assertThat(made.leaf().getSubjectAlternativeNames())
                .extracting(name -> String.valueOf(name.get(1)))
                .contains("localhost", "127.0.0.1", "0:0:0:0:0:0:0:1");
        assertThat(Duration.between(Instant.now(), made.leaf().getNotAfter().toInstant()))
                .isBetween(Duration.ofDays(29), Duration.ofDays(30));
        assertThat(made.fingerprint()).matches("([0-9A-F]{2}:){31}[0-9A-F]{2}");
        assertThat(made.leaf().getPublicKey().getAlgorithm()).isEqualTo("EC");
        try (TestServer server = TestServer.prepare(new dev.sluice.config.ListenerConfig("https", null, 0, pem(made)))
                .start()) {
            URI uri = URI.create("https://" + host + ":" + server.port("https") + "/");
            HttpResponse<String> answer = client(made.leaf(), HttpClient.Version.HTTP_1_1)
                    .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
        }
    }

    @Test
    void listenerWithoutCertificateStartsWithOneOfItsOwn() throws Exception {
        try (TestServer server =
                TestServer.prepare(TestServer.tls("https", null)).start()) {
            try (SSLSocket socket = socket(server, trustAnything())) {
                socket.startHandshake();
                assertThat(((X509Certificate) socket.getSession().getPeerCertificates()[0])
                                .getSubjectX500Principal()
                                .getName())
                        .contains("CN=localhost");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void currentProtocolsAreSpokenWithAuthenticatedCiphers(String protocol) throws Exception {
        try (TestServer server =
                        TestServer.prepare(TestServer.tls("https", null)).start();
                SSLSocket socket = socket(server, trustAnything())) {
            socket.setEnabledProtocols(new String[] {protocol});
            socket.startHandshake();
            assertThat(socket.getSession().getProtocol()).isEqualTo(protocol);
            assertThat(socket.getSession().getCipherSuite()).matches(".*(_GCM_|_POLY1305_).*");
        }
    }

    @Test
    void ciphersWithoutAuthenticationAreNotOffered() throws Exception {
        try (TestServer server =
                        TestServer.prepare(TestServer.tls("https", null)).start();
                SSLSocket socket = socket(server, trustAnything())) {
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.setEnabledCipherSuites(new String[] {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"});
            assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLHandshakeException.class);
        }
    }

    /** Files as openssl writes them, the key in each form that it knows. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            rsaPkcs1            | openssl genrsa -traditional -out key.pem 2048                                    | false
            rsaPkcs1Encrypted   | openssl genrsa -traditional -aes128 -passout pass:PW -out key.pem 2048           | true
            rsaPkcs8            | openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem        | false
            rsaPkcs8Encrypted   | openssl genpkey -algorithm RSA -aes-256-cbc -pass pass:PW -out key.pem           | true
            ecSec1              | openssl ecparam -name prime256v1 -genkey -out key.pem                            | false
            ecSec1NoParameters  | openssl ecparam -name prime256v1 -genkey -noout -out key.pem                     | false
            ecPkcs8             | openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp384r1 -out key.pem  | false
            ecPkcs8Encrypted    | openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes128 -pass pass:PW -out key.pem | true
            ed25519             | openssl genpkey -algorithm ED25519 -out key.pem                                  | false
            """)
    void keyIsReadInEveryForm(String name, String makeKey, boolean encrypted) throws Exception {
        openssl(makeKey);
        openssl("openssl req -new -x509 -key key.pem -passin pass:PW -out cert.pem -days 2 -subj /CN=localhost"
                + " -addext subjectAltName=DNS:localhost");
        TlsConfig tls = new TlsConfig(
                directory.resolve("cert.pem"), directory.resolve("key.pem"), null, encrypted ? PASSWORD : null);
        X509Certificate certificate = certificate("cert.pem");

        assertThat(get(tls, certificate, HttpClient.Version.HTTP_2).statusCode())
                .isEqualTo(200);

        if (encrypted) {
            assertThatThrownBy(() -> create(new TlsConfig(tls.certificate(), tls.key(), null, "wrong")))
                    .hasMessage("listener https: tls.key: " + tls.key() + " cannot be decrypted: wrong password");
            assertThatThrownBy(() -> create(new TlsConfig(tls.certificate(), tls.key(), null, null)))
                    .hasMessage("listener https: tls.key: " + tls.key()
                            + " is encrypted (expected: tls.password, from the environment)");
        }
    }

    @Test
    void keyAndCertificateMayShareAFile() throws Exception {
        Identity identity = new SelfSigned(Clock.systemUTC()).make();
        Path both = write("both.pem", identity.key(), identity.leaf());

        assertThat(get(new TlsConfig(both, both, null, null), identity.leaf(), HttpClient.Version.HTTP_2)
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void pkcs12IsRead() throws Exception {
        Identity identity = new SelfSigned(Clock.systemUTC()).make();
        Path file = directory.resolve("keys.p12");
        try (OutputStream out = Files.newOutputStream(file)) {
            identity.toKeyStore(PASSWORD.toCharArray()).store(out, PASSWORD.toCharArray());
        }

        assertThat(get(new TlsConfig(null, null, file, PASSWORD), identity.leaf(), HttpClient.Version.HTTP_2)
                        .statusCode())
                .isEqualTo(200);
        assertThatThrownBy(() -> create(new TlsConfig(null, null, file, "wrong")))
                .hasMessage("listener https: tls.keystore: " + file + " cannot be opened: wrong password")
                .hasMessageNotContaining(PASSWORD);
        assertThatThrownBy(() -> create(new TlsConfig(null, null, file, null)))
                .hasMessageContaining("needs a password (expected: tls.password");
    }

    @Test
    void keyOfAnotherCertificateIsRefused() throws Exception {
        Identity one = new SelfSigned(Clock.systemUTC()).make();
        Identity other = new SelfSigned(Clock.systemUTC()).make();
        Path certificate = write("cert.pem", one.leaf());
        Path key = write("key.pem", other.key());

        assertThatThrownBy(() -> create(new TlsConfig(certificate, key, null, null)))
                .isInstanceOf(ListenerException.class)
                .hasMessage("listener https: tls.key: " + key + " is not the key of " + certificate
                        + " (expected: the key that the certificate was made for)");

        Path chain = write("chain.pem", other.leaf(), one.leaf());
        Path itsKey = write("its-key.pem", one.key());
        assertThatThrownBy(() -> create(new TlsConfig(chain, itsKey, null, null)))
                .hasMessage("listener https: tls.certificate: " + chain
                        + " is out of order (expected: the key's own certificate first)");
    }

    @Test
    void fileThatHoldsSomethingElseIsNamed() throws Exception {
        Identity identity = new SelfSigned(Clock.systemUTC()).make();
        Path certificate = write("cert.pem", identity.leaf());
        Path key = write("key.pem", identity.key());
        Path missing = directory.resolve("missing.pem");
        Path text = Files.writeString(
                directory.resolve("text"), "-----BEGIN CERTIFICATE-----\nxyz\n-----END CERTIFICATE-----\n");

        assertThatThrownBy(() -> create(new TlsConfig(key, key, null, null)))
                .hasMessageEndingWith("tls.certificate: " + key
                        + " holds no certificate (expected: PEM, -----BEGIN CERTIFICATE-----)");
        assertThatThrownBy(() -> create(new TlsConfig(certificate, certificate, null, null)))
                .hasMessageContaining("tls.key: " + certificate + " holds no private key (expected: PEM,");
        assertThatThrownBy(() -> create(new TlsConfig(missing, key, null, null)))
                .hasMessageEndingWith("tls.certificate: " + missing + " does not exist (expected: a PEM file)");
        assertThatThrownBy(() -> create(new TlsConfig(text, key, null, null)))
                .hasMessageContaining(
                        "tls.certificate: " + text + " holds a certificate that cannot be read (number 1)");
        assertThatThrownBy(() -> create(new TlsConfig(null, null, missing, PASSWORD)))
                .hasMessageEndingWith("tls.keystore: " + missing + " does not exist (expected: a PKCS#12 file)");
        assertThatThrownBy(() -> create(new TlsConfig(null, null, key, PASSWORD)))
                .hasMessageEndingWith("tls.keystore: " + key + " is no key store (expected: a PKCS#12 file)");
        assertThatThrownBy(() -> create(new TlsConfig(certificate, null, null, null)))
                .hasMessageContaining("tls.key is missing");
    }

    @Test
    void certificateThatHasExpiredIsOnlyWarnedOf() throws Exception {
        Identity old = new SelfSigned(Clock.fixed(Instant.now().minus(400, ChronoUnit.DAYS), ZoneOffset.UTC)).make();

        try (TestServer server =
                        TestServer.prepare(TestServer.tls("https", pem(old))).start();
                SSLSocket socket = socket(server, trustAnything())) {
            socket.startHandshake();
            assertThat(socket.getSession().getPeerCertificates()[0]).isEqualTo(old.leaf());
        }
    }

    private static void create(TlsConfig tls) {
        TlsContexts.create("https", tls);
    }

    private HttpResponse<String> get(TlsConfig tls, X509Certificate trusted, HttpClient.Version version)
            throws Exception {
        try (TestServer server =
                TestServer.prepare(TestServer.tls("https", tls)).start()) {
            URI uri = URI.create("https://localhost:" + server.port("https") + "/a%2Fb");
            return client(trusted, version)
                    .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    private static HttpClient client(X509Certificate trusted, HttpClient.Version version) throws Exception {
        KeyStore store = KeyStores.empty();
        store.setCertificateEntry("it", trusted);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return HttpClient.newBuilder().sslContext(context).version(version).build();
    }

    private static SSLContext trustAnything() throws Exception {
        return nl.altindag.ssl.SSLFactory.builder()
                .withTrustingAllCertificatesWithoutValidation()
                .build()
                .getSslContext();
    }

    private static SSLSocket socket(TestServer server, SSLContext context) throws IOException {
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", server.port("https"));
        socket.setSoTimeout(5_000);
        return socket;
    }

    private TlsConfig pem(Identity identity) throws IOException {
        return new TlsConfig(write("cert.pem", identity.leaf()), write("key.pem", identity.key()), null, null);
    }

    private Path write(String name, Object... objects) throws IOException {
        Path file = directory.resolve(name);
        try (JcaPEMWriter writer = new JcaPEMWriter(Files.newBufferedWriter(file))) {
            // PKCS#8 for keys: left to itself the writer makes SEC 1 without the name of the curve.
            for (Object object : objects)
                writer.writeObject(
                        object instanceof PrivateKey key ? new PemObject("PRIVATE KEY", key.getEncoded()) : object);
        }
        return file;
    }

    private X509Certificate certificate(String name) throws Exception {
        try (var in = Files.newInputStream(directory.resolve(name))) {
            return (X509Certificate)
                    java.security.cert.CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    private void openssl(String command) throws Exception {
        String[] words = command.split(" ");
        for (int i = 0; i < words.length; i++) words[i] = words[i].replace("pass:PW", "pass:" + PASSWORD);
        Process process;
        try {
            process = new ProcessBuilder(words)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            assumeTrue(false, "openssl is not installed");
            return;
        }
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor()).as(output).isZero();
    }
}
