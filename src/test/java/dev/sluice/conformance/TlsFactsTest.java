package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.ConfigReader;
import dev.sluice.runtime.Sluice;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestAuthority;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be said of a client's TLS: {@code {tls.version}} and the like. */
class TlsFactsTest {
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: sluice.test\r\nConnection: close\r\n\r\n";

    @TempDir
    private static Path directory;

    private static TestAuthority authority;
    private static Sluice sluice;

    @BeforeAll
    static void start() throws Exception {
        authority = new TestAuthority(directory, "authority");
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("authority", authority.certificate());
        Path store = directory.resolve("trusted.p12");
        try (OutputStream out = Files.newOutputStream(store)) {
            trusted.store(out, TestAuthority.PASSWORD.toCharArray());
        }
        Path xml = Files.writeString(directory.resolve("clients.xml"), """
                <?xml version="1.0"?>
                <!DOCTYPE Configure PUBLIC "-//Jetty//Configure//EN" "https://jetty.org/configure_10_0.dtd">
                <Configure id="Server" class="org.eclipse.jetty.server.Server">
                  <Ref refid="sslContextFactory">
                    <Set name="wantClientAuth">true</Set>
                    <Set name="trustStorePath">STORE</Set>
                    <Set name="trustStorePassword">changeit</Set>
                  </Ref>
                </Configure>
                """.replace("STORE", store.toString()));
        sluice = Sluice.of(ConfigReader.parse("sluice.yaml", """
                        listeners:
                          http: { address: "127.0.0.1:0" }
                          https: { address: "127.0.0.1:0", tls: {} }
                        drain: { linger: 0s }
                        routes:
                          - respond:
                              body: "{tls.version} {tls.cipher} {tls.sni} {tls.client.subject} {tls.client.fingerprint}"
                        """, directory, Map.of()), List.of(xml))
                .start();
    }

    @AfterAll
    static void stop() {
        sluice.close();
    }

    @Test
    void versionCipherAndNameAreSaidAndNothingOfAClientWithoutACertificate() throws Exception {
        try (RawClient client = RawClient.tls(sluice.port("https"), 0, "site.test", "http/1.1")) {
            assertThat(client.send(REQUEST).readResponse().text())
                    .isEqualTo("TLSv1.3 TLS_AES_256_GCM_SHA384 site.test  ");
        }
    }

    @Test
    void subjectAndFingerprintOfAClientsCertificateAreSaid() throws Exception {
        TestAuthority.Issued issued = authority.issue("client", "client.test");
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(issued.store(), TestAuthority.PASSWORD.toCharArray());
        SSLContext context = RawClient.trusting(keys.getKeyManagers());
        byte[] der = issued.store().getCertificate("client").getEncoded();
        String fingerprint =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(der));

        try (SSLSocket socket = (SSLSocket)
                context.getSocketFactory().createSocket(InetAddress.getByName("127.0.0.1"), sluice.port("https"))) {
            socket.getOutputStream().write(REQUEST.getBytes());
            // By an address, which is no name that TLS could say.
            assertThat(new String(socket.getInputStream().readAllBytes()))
                    .endsWith("\r\n\r\nTLSv1.3 TLS_AES_256_GCM_SHA384  CN=client " + fingerprint);
        }
    }

    @Test
    void nothingIsSaidWithoutTls() throws Exception {
        try (RawClient client = RawClient.plain(sluice.port("http"))) {
            assertThat(client.send(REQUEST).readResponse().text()).isEqualTo("    ");
        }
    }
}
