package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code sluice route} says. */
class RouteCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path directory;

    private Path file;

    @BeforeEach
    void write() throws Exception {
        file = Files.writeString(directory.resolve("sluice.yaml"), """
                listeners:
                  http: { address: ":8080" }
                  https: { address: ":8443", tls: {} }
                pools:
                  two: { backends: http://two }
                routes:
                  - { name: second, host: api.example.com, path: /api, headers: { X-Version: "2" }, pool: two }
                  - { host: api.example.com, path: /api, to: http://one }
                  - { host: "*.example.com", path: /api/x, to: http://wildcard }
                  - { host: other.example, listeners: http, to: http://plain }
                  - { host: other.example, clients: [ 10.0.0.0/8 ], to: http://inside }
                """);
    }

    private int route(String... args) {
        List<String> all = new ArrayList<>(List.of("route", "--config", file.toString()));
        all.addAll(List.of(args));
        return Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all.toArray(String[]::new));
    }

    @Test
    void routeIsNamedWithAllThatWouldComeAfterItAndWhy() {
        assertThat(route("GET", "https://api.example.com:8443/api/x?y", "-H", "x-version: 2"))
                .isZero();
        assertThat(out.toString()).isEqualTo("""
                route second, pool two
                it fits, in this order
                  second               host api.example.com, path /api, headers x-version=2
                  api.example.com/api  host api.example.com, path /api; after second, which looks at more headers
                  *.example.com/api/x  host *.example.com, path /api/x; after api.example.com/api, which has the closer host
                """);
    }

    @Test
    void routeThatTheRequestNearlyFitsIsNamedWithWhatIsMissing() {
        assertThat(route("GET", "https://api.example.com/api/../api")).isZero();
        assertThat(out.toString()).isEqualTo("""
                route api.example.com/api, pool api.example.com/api
                the path is read as /api
                it fits, in this order
                  api.example.com/api  host api.example.com, path /api
                it would fit, but for what is said here
                  second               no header x-version (expected "2")
                """);
    }

    @Test
    void requestWithoutARouteIsStatusOne() {
        assertThat(route("GET", "http://example.com/")).isEqualTo(ExitStatus.FAILED);
        assertThat(out.toString()).isEqualTo("no route: 404\n");
    }

    @Test
    void pathThatMeansTwoRoutesIsRefusedWithBothNamed() {
        assertThat(route("GET", "https://a.example.com/api%2Fx")).isEqualTo(ExitStatus.FAILED);
        assertThat(out.toString())
                .startsWith("refused with 400: path can be read as no route and as route *.example.com/api/x\n");
    }

    @Test
    void hostComesFromTheFieldWhereThereIsOne() {
        assertThat(route("GET", "/api", "-H", "Host: api.example.com")).isZero();
        assertThat(out.toString()).startsWith("route api.example.com/api,");
    }

    @Test
    void listenerIsTheOnlyOneOfTheSchemeOrAsItIsSaid() {
        assertThat(route("GET", "http://other.example")).isZero();
        assertThat(route("GET", "https://other.example")).isEqualTo(ExitStatus.FAILED);
        assertThat(route("GET", "//other.example", "--listener", "http")).isEqualTo(ExitStatus.FAILED);
        assertThat(route("GET", "https://other.example", "--listener", "http")).isZero();
        assertThat(route("GET", "http://other.example", "--listener", "htp")).isEqualTo(ExitStatus.USAGE);
        assertThat(err.toString()).startsWith("--listener: \"htp\" (expected: http or https)\n");
    }

    @Test
    void clientIsNobodyUnlessItIsSaid() {
        assertThat(route("GET", "https://other.example/", "--client", "10.1.2.3"))
                .isZero();
        assertThat(out.toString()).startsWith("route other.example/-2, ");
        assertThat(route("GET", "https://other.example/", "--client", "host")).isEqualTo(ExitStatus.USAGE);
        assertThat(err.toString()).startsWith("--client: \"host\" (expected: an address such as 10.0.0.1 or ::1)\n");
    }

    @Test
    void whatIsAnsweredBeforeAnyRouteIsAskedIsSaid() throws Exception {
        Files.writeString(file, """
                listeners:
                  http: { address: ":80", redirect: { to: "https:8443", except: /.well-known/acme-challenge } }
                  https: { address: ":443", tls: {} }
                routes: [ { to: http://a } ]
                """);
        assertThat(route("GET", "http://a.example:8080/x?y")).isEqualTo(ExitStatus.FAILED);
        assertThat(route("GET", "http://a.example/.well-known/acme-challenge/x"))
                .isZero();
        assertThat(route("GET", "https://a.example/x")).isZero();
        assertThat(route("TRACE", "https://a.example/x")).isEqualTo(ExitStatus.FAILED);
        assertThat(route("CONNECT", "https://a.example/")).isEqualTo(ExitStatus.FAILED);
        assertThat(route("GET", "http:///x")).isEqualTo(ExitStatus.FAILED);
        assertThat(out.toString().lines().filter(line -> line.startsWith("no route") || line.startsWith("route")))
                .containsExactly(
                        "no route is asked: 308 to https://a.example:8443/x?y: listener http sends everyone to https",
                        "route default, pool default",
                        "route default, pool default",
                        "no route is asked: 405: TRACE does not pass",
                        "no route is asked: 405: CONNECT does not pass",
                        "no route is asked: 400: listener http sends everyone to https, and there is no host");
    }

    @Test
    void whatBecomesOfItOnItsRouteIsSaid() throws Exception {
        Files.writeString(file, """
                server: { allowTrace: true }
                pools:
                  old: { backends: http://old/base }
                  new: { backends: http://new/base }
                  two: { backends: [ http://one/a, http://two/b ] }
                routes:
                  - { path: /closed, pool: two, maintenance: { except: [ 10.0.0.0/8 ] }, cors: { origins: "*" } }
                  - path: /api
                    request: { stripPrefix: /api }
                    split: [ { pool: old }, { pool: new, cookies: { beta: "1" } } ]
                  - { path: /each, pool: two }
                  - { to: http://all, request: { stripPrefix: /all } }
                """);
        assertThat(route("GET", "/closed")).isEqualTo(ExitStatus.FAILED);
        assertThat(route("GET", "/closed", "--client", "192.0.2.1")).isEqualTo(ExitStatus.FAILED);
        assertThat(route("GET", "/closed", "--client", "10.0.0.1")).isZero();
        assertThat(route("OPTIONS", "/closed", "-H", "Origin: https://a", "-H", "Access-Control-Request-Method: PUT"))
                .isZero();
        assertThat(route("GET", "/api/x?y")).isZero();
        assertThat(route("TRACE", "/api", "-H", "Cookie: a=b; beta=1")).isZero();
        assertThat(route("GET", "/all/..;/x")).isEqualTo(ExitStatus.FAILED);
        assertThat(route("GET", "/each")).isZero();
        assertThat(out.toString().lines().filter(line -> line.startsWith("route") || line.startsWith("a backend")))
                .containsExactly(
                        "route /closed, answer 503: maintenance, unless its client is one of [10.0.0.0/8]",
                        "route /closed, answer 503: maintenance",
                        "route /closed, pool two",
                        "route /closed, answer 204: cors answers a preflight request",
                        "route /api, one of the pools old, new",
                        "a backend is asked for /base/x?y",
                        "route /api, pool new because of its headers or cookies",
                        "a backend is asked for /base/",
                        "route default, answer 400: the path cannot be rewritten safely",
                        "route /each, pool two");
    }

    @Test
    void whatCannotBeAskedIsUsage() {
        assertThat(route("GET", "example.com/x")).isEqualTo(ExitStatus.USAGE);
        assertThat(err.toString()).startsWith("URL: \"example.com/x\" (expected: https://example.com/path or /path)\n");
        assertThat(route("GET", "/", "-H", "no colon")).isEqualTo(ExitStatus.USAGE);
        assertThat(route("GET")).isEqualTo(ExitStatus.USAGE);
    }

    @Test
    void fileThatIsWrongIsUsage() throws Exception {
        Files.writeString(file, "routes: [ { pth: / } ]");
        assertThat(route("GET", "/")).isEqualTo(ExitStatus.USAGE);
        assertThat(err.toString()).contains("routes[0].pth: unknown key");
    }
}
