package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.ConfigError;
import dev.sluice.config.ConfigReader;
import dev.sluice.config.LoadedConfig;
import dev.sluice.testkit.Dnsmasq;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code sluice check}, in process. */
class CheckCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void nameFile() {
        file = directory.resolve("sluice.yaml");
    }

    @Test
    void soundFileIsSaidToBeSo() throws Exception {
        write("trustedProxies: [ 10.0.0.0/8 ]\nlisteners: { a: { address: ':0' } }\nroutes: [ { to: http://a } ]");

        assertThat(check("--strict")).isZero();
        assertThat(err.toString()).isEmpty();
        assertThat(out.toString().strip()).isEqualTo(file + ": can be used: 1 listener, 1 route, 1 pool; no warnings");
    }

    @Test
    void routeThatNoRequestGetsToIsNamed() throws Exception {
        write("""
                trustedProxies: [ 10.0.0.0/8 ]
                listeners: { a: { address: ':0' } }
                routes:
                  - { path: /api, to: http://a }
                  - { name: lost, path: /api, listeners: a, methods: [ GET, GET ], to: http://b }
                  - { name: buried, path: /api, listeners: a, methods: GET, headers: { X: "1" }, to: http://c }
                """);
        assertThat(check("--strict")).isZero();
        write("""
                trustedProxies: [ 10.0.0.0/8 ]
                listeners: { a: { address: ':0' }, b: { address: ':0' } }
                routes:
                  - { name: wide, path: /api, listeners: [ a, b ], to: http://a }
                  - { name: lost, path: /api, listeners: a, to: http://b }
                """);
        assertThat(check("--strict")).isEqualTo(4);
        assertThat(err.toString() + out)
                .contains(":5:5: warning: routes[1]: no request gets to route lost, because route wide takes all");
    }

    @Test
    void everyErrorIsToldWithItsPlaceAndNothingElse() throws Exception {
        write("drian: {}\nroutes: [ { path: api, to: http://a } ]\n");

        assertThat(check()).isEqualTo(2);
        assertThat(out.toString().lines())
                .hasSize(2)
                .allMatch(line -> line.startsWith(file + ":"))
                .anyMatch(line -> line.contains(":1:1: error: drian: unknown key"));
        assertThat(err.toString()).isEmpty();
    }

    /** Every one of them, with its place, and the warnings too. */
    @Test
    void filesThatNoStartWouldTakeAreErrors() throws Exception {
        Files.writeString(directory.resolve("a.pem"), "nothing of the kind");
        write("""
                listeners:
                  a: { address: ':0', tls: { certificate: a.pem, key: a.pem } }
                  b: { address: ':0', tls: { keystore: a.pem } }
                routes:
                  - { path: /lost, methods: TRACE, pool: app }
                  - { to: http://a }
                pools:
                  app:
                    backends: [ https://a, { dns: https://b } ]
                    tls:
                      trust: a.pem
                      certificate: a.pem
                      key: a.pem
                """);

        assertThat(check()).isEqualTo(2);
        assertThat(out.toString()
                        .lines()
                        .filter(line -> line.contains(" error: "))
                        .map(line -> line.replaceAll(" " + directory + ".*", "")))
                .containsExactly(
                        file + ":2:30: error: listeners.a.tls.certificate:",
                        file + ":3:30: error: listeners.b.tls.keystore:",
                        file + ":11:7: error: pools.app.tls.trust:",
                        file + ":12:7: error: pools.app.tls.certificate:");
        assertThat(out.toString())
                .contains(":5:5: warning: routes[0]: no request gets to route")
                .doesNotContain("Exception");
    }

    @Test
    void routesThatAreAnsweredBeforeAreWarnedOf() throws Exception {
        write("""
                listeners: { plain: { address: ':0', redirect: https }, tls: { address: ':0', tls: { keystore: a.p12 } } }
                routes:
                  - { path: /a, listeners: plain, to: http://a }
                  - { path: /b, methods: [ CONNECT, TRACE ], to: http://a }
                  - { path: /b, methods: [ CONNECT, GET ], to: http://a }
                  - { path: /c, to: http://a }
                  - { path: /c, listeners: [ plain, tls ], to: http://b }
                """);
        Files.createFile(directory.resolve("a.p12"));
        assertThat(new ShadowedRoutes()
                        .warnings(ConfigReader.load(file, Map.of())).stream()
                                .map(ConfigError::message)
                                .map(message -> message.replaceAll(".*no request gets to route | [(]expected.*", "")))
                .containsExactly(
                        "/c, because route /c-2 takes all that it looks for",
                        "/a, because its listeners answer everything by redirect",
                        "/b, because CONNECT and TRACE is answered by 405 whatever the routes");
        // Whom a proxy in front has served by TLS gets through.
        write("""
                trustedProxies: [ 10.0.0.0/8 ]
                listeners: { plain: { address: ':0', redirect: https } }
                routes: [ { to: http://a } ]
                """);
        assertThat(new ShadowedRoutes().warnings(ConfigReader.load(file, Map.of())))
                .isEmpty();
        write("server: { allowTrace: true }\nroutes: [ { methods: TRACE, to: http://a } ]");
        assertThat(new ShadowedRoutes().warnings(ConfigReader.load(file, Map.of())))
                .isEmpty();
    }

    @Test
    void settingsOfARouteThatDoNotAddUpAreWarnedOf() throws Exception {
        write("""
                trustedProxies: [ 10.0.0.0/8 ]
                listeners: { a: { address: ':0' } }
                routes:
                  - { path: /a, pool: a, timeouts: { firstByte: 10s, total: 5s } }
                  - { path: /b, pool: a, timeouts: { total: 5s } }
                  - { path: /c, pool: a, mirror: { pool: a, share: 1% } }
                  - { path: /d, split: [ { pool: a }, { pool: b, weight: 0 } ] }
                  - { path: /e, split: [ { pool: a }, { pool: b, weight: 0, cookies: { c: d } } ] }
                  - { path: /f, pool: a, timeouts: { firstByte: 10s } }
                pools: { a: { backends: http://a }, b: { backends: http://b } }
                """);
        assertThat(new SetupWarnings()
                        .warnings(ConfigReader.load(file, Map.of())).stream()
                                .map(ConfigError::toString)
                                .map(line -> line.replaceAll(" [(]expected.*|.*sluice.yaml:", "")))
                .containsExactly(
                        "4:38: routes[0].timeouts.firstByte: firstByte is longer than total, which comes first",
                        "6:26: routes[2].mirror: pool a gets the requests, and copies of them too",
                        "7:39: routes[3].split[1]: no request gets to pool b this way");
    }

    @Test
    void warningsHaveTheirPlaceAndCountOnlyWhenStrict() throws Exception {
        write("""
                listeners:
                  http: { address: ":0" }
                routes:
                  - { path: /a, pool: a }
                pools:
                  a: { backends: https://a, tls: { verify: false } }
                upstream: { totalTimeout: 10s }
                """);

        assertThat(check()).isZero();
        assertThat(check("--strict")).isEqualTo(4);
        assertThat(out.toString())
                .contains(file + ":1:1: warning: listeners: none speaks TLS")
                .contains(file + ":6:36: warning: pools.a.tls.verify: certificates of backends are not verified")
                .contains(file + ":7:1: warning: upstream.firstByteTimeout: is longer than totalTimeout");
        assertThat(out.toString()).contains("3 warnings");
    }

    @Test
    void routesThatAreLeftOutAreWarnedOf() throws Exception {
        write("trustedProxies: [ 10.0.0.0/8 ]\nlisteners: { a: { address: ':0' } }");

        assertThat(check("--strict")).isEqualTo(4);
        assertThat(out.toString()).contains(file + ": warning: routes: there are none, so that the built-in ones hold");
    }

    @Test
    void backendsThatAcceptConnectionsAreToldFromThoseThatDoNot() throws Exception {
        try (ServerSocket open = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String reached = "http://127.0.0.1:" + open.getLocalPort();
            Files.writeString(directory.resolve("list.yaml"), "[ '" + reached + "' ]");
            write("routes:\n- to: [ '" + reached
                    + "', 'http://no-such-name.invalid', 'http://127.0.0.1:1', 'unix:/no/such' ]\n"
                    + "- { path: /a, pool: a }\npools: { a: { backends: { file: list.yaml } } }");

            assertThat(check("--connect")).isEqualTo(5);
            assertThat(out.toString())
                    .contains("ok     default " + reached + " (127.0.0.1)")
                    .contains(
                            "failed default http://no-such-name.invalid:80 (the name no-such-name.invalid is not known)")
                    .contains("failed default http://127.0.0.1:1 (Connection refused)")
                    .contains("failed default unix:/no/such (")
                    .contains("ok     a " + reached);

            write("trustedProxies: [ 10.0.0.0/8 ]\nroutes: [ { to: '" + reached + "' } ]");

            assertThat(check("--connect")).isZero();
        }
    }

    /** With the name servers that a start would ask, and each of those that are found. */
    @Test
    void backendsThatAreFoundByNameAreTriedToo() throws Exception {
        try (ServerSocket open = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
                Dnsmasq dns = Dnsmasq.start(
                        directory,
                        "--address=/app.test/127.0.0.1",
                        "--srv-host=_http._tcp.test,app.test," + open.getLocalPort() + ",0,1")) {
            write("""
                    routes: [ { pool: app } ]
                    dns: { servers: [ "127.0.0.1:%d" ] }
                    pools:
                      app:
                        backends:
                          - dns: http://app.test:%d
                          - srv: http://_http._tcp.test
                          - dns: http://none.test
                          - srv: http://_none._tcp.test
                    """.formatted(dns.address().getPort(), open.getLocalPort()));

            assertThat(check("--connect")).isEqualTo(5);
            assertThat(out.toString().lines().filter(line -> line.matches("(ok|failed) .*")))
                    .containsExactly(
                            "ok     app http://127.0.0.1:" + open.getLocalPort() + " (127.0.0.1)",
                            "failed app dns none.test (nothing was found by that name)",
                            "failed app srv _none._tcp.test (nothing was found by that name)");
        }
    }

    @Test
    void certificateIsWarnedOfBeforeItExpiresAndAfter() throws Exception {
        LoadedConfig loaded = withCertificate();
        Instant end = notAfter(loaded);

        assertThat(warnings(loaded, end.minus(CertificateWarnings.SOON).minusSeconds(60)))
                .isEmpty();
        assertThat(warnings(loaded, end.minus(CertificateWarnings.SOON).plusSeconds(60)))
                .singleElement()
                .asString()
                .startsWith(file + ":3:43: listeners.a.tls.certificate: the certificate of ")
                .contains(", in 29 days (expected a new one 30 days before)");
        assertThat(warnings(loaded, end.plusSeconds(1)))
                .singleElement()
                .asString()
                .contains(" expired on ");
        assertThat(warnings(loaded, Instant.EPOCH)).singleElement().asString().contains(" is not valid before ");
    }

    @Test
    void keyThatEveryUserCanReadIsWarnedOf() throws Exception {
        LoadedConfig loaded = withCertificate();
        Files.setPosixFilePermissions(directory.resolve("key.pem"), PosixFilePermissions.fromString("rw-r--r--"));

        Instant end = notAfter(loaded);

        assertThat(warnings(loaded, end.minus(Duration.ofDays(31))))
                .singleElement()
                .asString()
                .contains("listeners.a.tls.key: every user can read the key (expected chmod o-r ");
    }

    @Test
    void stopThatTakesLongerThanTheSupervisorWaitsIsWarnedOf() throws Exception {
        write("drain:\n  deadline: 30s\n");
        LoadedConfig loaded = ConfigReader.load(file, Map.of());

        assertThat(new StopLimitWarning(null).warnings(loaded)).isEmpty();
        assertThat(new StopLimitWarning(Duration.ofSeconds(31)).warnings(loaded))
                .isEmpty();
        assertThat(new StopLimitWarning(Duration.ofSeconds(30)).warnings(loaded))
                .singleElement()
                .asString()
                .startsWith(file + ":2:3: drain.deadline: a stop may take 31000 ms, and after 30000 ms");
    }

    private LoadedConfig withCertificate() throws Exception {
        Files.copy(Path.of("src/test/resources/certificates/site.pem"), directory.resolve("cert.pem"));
        Files.writeString(directory.resolve("key.pem"), "");
        Files.setPosixFilePermissions(directory.resolve("key.pem"), PosixFilePermissions.fromString("rw-------"));
        write("listeners:\n  a:\n    { address: ':0', tls: { key: key.pem, certificate: cert.pem } }\n");
        return ConfigReader.load(file, Map.of());
    }

    private static Instant notAfter(LoadedConfig loaded) throws Exception {
        Path pem = Objects.requireNonNull(
                Objects.requireNonNull(loaded.config().listeners().get(0).tls()).certificate());
        try (InputStream in = Files.newInputStream(pem)) {
            Certificate certificate = CertificateFactory.getInstance("X.509").generateCertificate(in);
            return ((X509Certificate) certificate).getNotAfter().toInstant();
        }
    }

    private static List<ConfigError> warnings(LoadedConfig loaded, Instant now) {
        return new CertificateWarnings(now).warnings(loaded);
    }

    private void write(String yaml) throws Exception {
        Files.writeString(file, yaml);
    }

    private int check(String... options) {
        String[] arguments = new String[options.length + 3];
        arguments[0] = "check";
        arguments[1] = "--config";
        arguments[2] = file.toString();
        System.arraycopy(options, 0, arguments, 3, options.length);
        return Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }
}
