package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.BackendTlsConfig;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.SecureOrigin;
import dev.sluice.testkit.TestAuthority;
import dev.sluice.testkit.TestHead;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Backends with TLS settings of their own, by requests and by upgrades, which take another way. */
abstract class BackendTlsSuite extends ConformanceSuite {
    enum Way {
        REQUEST("", 200),
        UPGRADE("Connection: Upgrade\r\nUpgrade: echo/1\r\n", 101);

        private final String fields;
        private final int status;

        Way(String fields, int status) {
            this.fields = fields;
            this.status = status;
        }
    }

    private final Path directory;
    private final TestAuthority one;
    private final TestAuthority two;
    private final SecureOrigin app;
    private final SecureOrigin other;
    private final SecureOrigin strict;

    BackendTlsSuite(ProxyVariant variant) {
        super(variant);
        try {
            directory = Files.createTempDirectory("sluice-tls");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        one = new TestAuthority(directory, "authority-one");
        two = new TestAuthority(directory, "authority-two");
        app = SecureOrigin.start("app", one.issue("app", "app.test"), null);
        other = SecureOrigin.start("other", two.issue("other", "localhost", "127.0.0.1"), null);
        strict = SecureOrigin.start("strict", one.issue("strict", "localhost"), two);
    }

    private static BackendConfig backend(SecureOrigin at, String host, @Nullable BackendTlsConfig tls) {
        return BackendConfig.parse(at.url(host)).withTls(tls);
    }

    private static BackendTlsConfig trusting(@Nullable TestAuthority authority, @Nullable String serverName) {
        Path trust = authority == null ? null : authority.pem();
        return new BackendTlsConfig(trust, null, serverName, null, null, null, true);
    }

    private static BackendTlsConfig showing(TestAuthority trusted, TestAuthority.Issued shown) {
        return new BackendTlsConfig(trusted.pem(), null, null, shown.certificate(), shown.key(), null, true);
    }

    @Override
    ProxySetup setup() {
        BackendTlsConfig unverified = new BackendTlsConfig(null, null, null, null, null, null, false);
        return ProxySetup.none()
                .pool("/named", backend(app, "127.0.0.1", trusting(one, "app.test")))
                .pool("/untrusted", backend(app, "127.0.0.1", trusting(null, "app.test")))
                .pool("/unset", backend(other, "127.0.0.1", null))
                .pool("/address", backend(other, "127.0.0.1", trusting(two, null)))
                .pool("/misnamed", backend(app, "127.0.0.1", trusting(one, null)))
                .pool("/others-name", backend(other, "127.0.0.1", trusting(two, "app.test")))
                .pool("/unverified", backend(app, "127.0.0.1", unverified))
                .pool("/shown", backend(strict, "localhost", showing(one, two.issue("proxy", "proxy"))))
                .pool("/not-shown", backend(strict, "localhost", trusting(one, null)))
                .pool("/not-theirs", backend(strict, "localhost", showing(one, one.issue("stranger", "stranger"))))
                .pool(
                        "/spare",
                        backend(app, "127.0.0.1", trusting(two, "app.test")),
                        backend(other, "localhost", trusting(two, null)))
                .pool(
                        "/both",
                        backend(app, "127.0.0.1", trusting(one, "app.test")),
                        backend(other, "localhost", trusting(two, null)));
    }

    @AfterAll
    void removeFiles() throws IOException {
        Stream.of(app, other, strict).forEach(SecureOrigin::close);
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
        }
    }

    /** What the backend says of the connection, or the status that came instead. */
    private String ask(Way way, String path) throws IOException {
        try (RawClient client = raw()) {
            client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n" + way.fields + "\r\n");
            TestHead head = client.readHead();
            if (head.status() != way.status) return "status " + head.status();
            return way == Way.UPGRADE
                    ? client.readToEnd()
                    : new String(client.readBytes(contentLength(head)), java.nio.charset.StandardCharsets.US_ASCII);
        }
    }

    private static int contentLength(TestHead head) {
        return Integer.parseInt(String.valueOf(dev.sluice.testkit.Field.first(head.fields(), "content-length")));
    }

    @ParameterizedTest
    @EnumSource
    void authorityIsTrustedWhereASettingSaysSo(Way way) throws IOException {
        assertThat(ask(way, "/address")).isEqualTo("origin other, sni none, client none");
        assertThat(ask(way, "/untrusted")).isEqualTo("status 502");
        assertThat(ask(way, "/unset")).isEqualTo("status 502");
    }

    @ParameterizedTest
    @EnumSource
    void serverNameIsWhatTheCertificateMustBeForAndWhatTheHandshakeSays(Way way) throws IOException {
        assertThat(ask(way, "/named")).isEqualTo("origin app, sni app.test, client none");
        assertThat(ask(way, "/misnamed")).isEqualTo("status 502");
    }

    /** The JDK would take one for the address that is connected to as well. */
    @ParameterizedTest
    @EnumSource
    void certificateForTheHostIsNotEnoughWhereThereIsAServerName(Way way) throws IOException {
        assertThat(ask(way, "/others-name")).isEqualTo("status 502");
    }

    @ParameterizedTest
    @EnumSource
    void certificateIsShownToABackendThatAsksForOne(Way way) throws IOException {
        assertThat(ask(way, "/shown")).isEqualTo("origin strict, sni none, client CN=proxy");
        assertThat(ask(way, "/not-shown")).isEqualTo("status 502");
        assertThat(ask(way, "/not-theirs")).isEqualTo("status 502");
    }

    @ParameterizedTest
    @EnumSource
    void anyCertificateWillDoWithoutVerification(Way way) throws IOException {
        assertThat(ask(way, "/unverified")).isEqualTo("origin app, sni none, client none");
    }

    @ParameterizedTest
    @EnumSource
    void backendsOfOnePoolTrustEachItsOwn(Way way) throws IOException {
        Set<String> answers = new HashSet<>();
        for (int i = 0; i < 6; i++) answers.add(ask(way, "/both"));
        assertThat(answers)
                .containsExactlyInAnyOrder(
                        "origin app, sni app.test, client none", "origin other, sni none, client none");
    }

    @ParameterizedTest
    @EnumSource
    void requestGoesToAnotherBackendWhereOneIsNotTrusted(Way way) throws IOException {
        for (int i = 0; i < 4; i++) assertThat(ask(way, "/spare")).isEqualTo("origin other, sni none, client none");
    }

    /** A connection that one was allowed to open is not there for others who may not. */
    @Test
    void settingsOfOneAddressDoNotMix() throws IOException {
        List<String> paths = List.of("/shown", "/not-shown", "/shown", "/not-shown");
        for (Way way : Way.values())
            for (String path : paths)
                assertThat(ask(way, path).startsWith("origin")).as(way + path).isEqualTo(path.equals("/shown"));
    }
}
