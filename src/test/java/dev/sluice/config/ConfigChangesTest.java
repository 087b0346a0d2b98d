package dev.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigChangesTest {
    @TempDir
    private static Path directory = Path.of("");

    private static final Map<String, String> ENVIRONMENT = Map.of(
            "SECRET",
            "hunter2-hunter2-1",
            "OTHER",
            "hunter2-hunter2-2",
            "SHORT",
            "1",
            "STAGE",
            "prod",
            "HOOK",
            "https://hooks.example.com/services/hunter2/key");

    private static LoadedConfig config(String yaml) throws Exception {
        Path file = directory.resolve("sluice.yaml");
        Files.writeString(file, yaml);
        return ConfigReader.load(file, ENVIRONMENT);
    }

    private static ConfigChanges changes(String before, String after) throws Exception {
        return ConfigChanges.between(config(before), config(after));
    }

    private static List<String> lines(String yaml, String before, String after) throws Exception {
        return changes(yaml.formatted(before), yaml.formatted(after)).lines();
    }

    @Test
    void sameIsNoChange() throws Exception {
        String yaml = "routes: [ { to: http://a } ]\n";
        assertThat(changes(yaml, yaml).isEmpty()).isTrue();
    }

    @Test
    void listenersRoutesAndPoolsComeAndGo() throws Exception {
        assertThat(changes("""
                        listeners: { http: { address: ":80" }, old: { address: ":81" } }
                        routes: [ { path: /a, to: http://a }, { path: /b, pool: b } ]
                        pools: { b: { backends: [ http://b ] } }
                        """, """
                        listeners: { http: { address: ":8080" }, new: { address: ":82" } }
                        routes: [ { path: /a, pool: b }, { path: /c, to: http://c } ]
                        pools: { b: { backends: [ http://b ] } }
                        """).lines())
                .containsExactly(
                        "~ listener http: address :80 -> :8080",
                        "+ listener new :82",
                        "- listener old :81",
                        "~ route /a: pool /a -> b",
                        "+ route /c to pool /c",
                        "- route /b to pool b",
                        "+ pool /c http://c:80",
                        "- pool /a http://a:80");
    }

    @Test
    void backendsAndSettingsOfAPoolAreNamedOneByOne() throws Exception {
        assertThat(changes("""
                        routes: [ { pool: app } ]
                        pools: { app: { backends: [ http://a, http://b ] } }
                        """, """
                        routes: [ { pool: app } ]
                        pools:
                          app:
                            backends: [ { url: http://a, weight: 3 }, http://c ]
                            balance: random
                            health: { check: tcp }
                        """).lines())
                .containsExactly(
                        "~ pool app: http://a:80: weight 1 -> 3",
                        "~ pool app: + http://c:80",
                        "~ pool app: - http://b:80",
                        "~ pool app: health off -> { check: tcp, interval: 5s, timeout: 2s, rise: 2, fall: 3 }",
                        "~ pool app: balance.policy round-robin -> random");
    }

    @Test
    void whatOnlyAStartReadsIsToldApart() throws Exception {
        ConfigChanges changes = changes(
                "routes: [ { to: http://a } ]",
                "{ routes: [ { to: http://a } ], drain: { deadline: 30s }, server: { threads: 100, allowTrace: true } }");
        assertThat(changes.lines())
                .containsExactly(
                        "~ drain.deadline 10s -> 30s",
                        "~ server.threads 200 -> 100",
                        "~ server.allowTrace false -> true");
        assertThat(changes.needRestart()).containsExactly("~ server.threads 200 -> 100");
    }

    /** What is before the arrow and behind it is all that a route does; what is expected, without the route's name. */
    @ParameterizedTest(name = "{0} => {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    request: { headers: { set: { X-A: one } } } | request: { headers: { set: { X-A: two } } } | request.headers.set.X-A one -> two
                    timeouts: { idle: 5s } | request: { headers: { add: { X-A: [ a, b ] }, remove: X-B } } | request.headers.add.X-A none -> a, b; request.headers.remove none -> X-B; timeouts.idle 5s -> none
                    request: { maxBody: 1MiB } | request: { rewrite: { pattern: /a, to: /b } } | request.rewrite none -> { pattern: /a, to: /b }; request.maxBody 1MiB -> none
                    request: { rewrite: { pattern: /a, to: /b } } | request: { rewrite: { pattern: /a, to: /c } } | request.rewrite.to /b -> /c
                    response: { compress: true } | response: { rewriteCookies: false } | response.rewriteCookies true -> false; response.compress zstd, br, gzip -> none
                    errorPages: { 404: a.html } | errorPages: { 404: b.html, 5xx: a.html } | errorPages.404 DIR/a.html -> DIR/b.html; errorPages.5xx none -> DIR/a.html
                    interceptErrors: false | interceptErrors: true, errorPages: { 500: a.html } | errorPages.500 none -> DIR/a.html; interceptErrors none -> true
                    path: /a | path: /b | path /a -> /b
                    path: /a | exactPath: /a | exactPath none -> /a; path /a -> none
                    methods: GET | methods: [ GET, POST ] | methods GET -> GET, POST
                    headers: { X-A: one } | headers: { X-A: { pattern: two } } | headers.x-a one -> { pattern: two }
                    query: { a: b } | cookies: { a: b } | cookies.a none -> ***; query.a b -> none
                    clients: [ 10.0.0.0/8 ] | clients: [ 10.1.0.0/16 ] | clients 10.0.0.0/8 -> 10.1.0.0/16
                    maintenance: true | maintenance: { retryAfter: 5m } | maintenance true -> { retryAfter: 5m }
                    maintenance: { retryAfter: 5m } | maintenance: { retryAfter: 6m } | maintenance.retryAfter 5m -> 6m
                    drain: 5s | drain: 6s | drain 5s -> 6s
                    cors: { origins: https://a.test } | cors: { origins: https://b.test } | cors.origins https://a.test -> https://b.test
                    securityHeaders: { hsts: 1h } | securityHeaders: { hsts: 2h } | securityHeaders.hsts 1h -> 2h
                    mirror: { pool: a, share: 1% } | mirror: { pool: b, share: 1% } | mirror.pool a -> b
                    """)
    void whatARouteDoesIsNamedByTheKeysOfTheFile(String before, String after, String expected) throws Exception {
        Files.writeString(directory.resolve("a.html"), "a");
        Files.writeString(directory.resolve("b.html"), "b");
        String yaml = "pools: { a: { backends: http://a }, b: { backends: http://b } }\nroutes:\n"
                + "- { name: of-a, path: /of-a, pool: a }\n- { name: of-b, path: /of-b, pool: b }\n- { name: r, pool: a, %s }\n";
        assertThat(changes(yaml.formatted(before), yaml.formatted(after)).lines())
                .containsExactly(Stream.of(expected.split("; "))
                        .map(line -> "~ route r: " + line.replace("DIR", directory.toString()))
                        .toArray(String[]::new));
    }

    @ParameterizedTest(name = "{0} => {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    redirect: /a | redirect: { to: "https://b.test{uri}", status: 301 } | redirect.to /a -> https://b.test{uri}; redirect.status 308 -> 301
                    redirect: /a | respond: 204 | redirect 308 -> respond 204
                    respond: { body: a } | respond: { body: "a\\nb", type: text/css } | respond.body a -> a\\nb; respond.type text/plain;charset=utf-8 -> text/css
                    split: [ { pool: a }, { pool: b } ] | split: [ { pool: b, weight: 2 }, { pool: a } ] | split.b.weight 1 -> 2
                    split: [ { pool: a }, { pool: b, cookies: { c: x } } ] | split: [ { pool: a, headers: { X-A: y } }, { pool: b } ] | split.a.headers.X-A none -> y; split.b.cookies.c *** -> none
                    """)
    void whereARouteLeadsIsNamedByTheKeysOfTheFile(String before, String after, String expected) throws Exception {
        String pools =
                before.startsWith("split") ? "\npools: { a: { backends: http://a }, b: { backends: http://b } }" : "";
        assertThat(lines("routes: [ { name: r, %s } ]" + pools, before, after))
                .containsExactly(Stream.of(expected.split("; "))
                        .map(line -> "~ route r: " + line)
                        .toArray(String[]::new));
    }

    @ParameterizedTest(name = "{0} => {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    health: { check: http, status: 200 } | health: { check: http, status: [ 200, 300-399 ] } | health.status 200 -> 200, 300-399
                    health: { check: http, path: /a } | health: { check: http, path: /b } | health.path /a -> /b
                    health: { check: http, headers: { X-A: a } } | health: { check: http } | health.headers.X-A a -> none
                    limits: { queue: 4 } | limits: { queue: 5 } | limits.queue 4 -> 5
                    balance: { policy: random, sticky: { cookie: c, secret: "${SECRET}" } } | balance: { policy: random, sticky: { cookie: d, secret: "${SECRET}" } } | balance.sticky.cookie c -> d
                    retries: { tries: 2 } | retries: { tries: 3 } | retries.tries 2 -> 3
                    """)
    void whatAPoolIsIsNamedByTheKeysOfTheFile(String before, String after, String expected) throws Exception {
        assertThat(lines("routes: [ { pool: a } ]\npools: { a: { backends: http://a, %s } }", before, after))
                .containsExactly("~ pool a: " + expected);
    }

    @Test
    void whereBackendsAreFoundIsToldOneByOne() throws Exception {
        Files.writeString(directory.resolve("list.yaml"), "[ http://c ]");
        assertThat(lines(
                        "routes: [ { pool: a } ]\npools: { a: { backends: [ http://b/x, %s ] } }",
                        "{ dns: http://a, weight: 2 }, { srv: http://_a._tcp.test }",
                        "{ dns: http://a, weight: 3 }, { file: list.yaml }"))
                .containsExactly(
                        "~ pool a: dns http://a:80: weight 2 -> 3",
                        "~ pool a: + file " + directory.resolve("list.yaml"),
                        "~ pool a: - srv http://_a._tcp.test");
    }

    @Test
    void listenersAreNamedByTheKeysOfTheFile() throws Exception {
        assertThat(lines(
                        "listeners: { http: { address: \"127.0.0.1:80\", %s }, tls: { address: \":443\", tls: {} } }",
                        "proxyProtocol: { from: [ 10.0.0.1 ] }", "redirect: https"))
                .containsExactly(
                        "~ listener http: redirect none -> https",
                        "~ listener http: proxyProtocol { from: [ 10.0.0.1 ] } -> none");
    }

    @Test
    void otherTextOfAPageIsAChange() throws Exception {
        String yaml = "routes: [ { to: http://a, errorPages: { 404: c.html } } ]";
        Files.writeString(directory.resolve("c.html"), "one");
        LoadedConfig before = config(yaml);
        Files.writeString(directory.resolve("c.html"), "two");
        assertThat(ConfigChanges.between(before, config(yaml)).lines())
                .containsExactly("~ route default: errorPages.404 " + directory.resolve("c.html")
                        + " as it was -> as it is now");
    }

    /** Of two that fit as well, the first has the request. */
    @Test
    void otherOrderOfRoutesIsAChange() throws Exception {
        String a = "{ name: a, path: /x, to: http://a }";
        String b = "{ name: b, path: /x, methods: GET, to: http://b }";
        String c = "{ name: c, path: /y, to: http://b }";
        assertThat(changes("routes: [ %s, %s ]".formatted(a, b), "routes: [ %s, %s, %s ]".formatted(b, c, a))
                        .lines())
                .containsExactly("+ route c to pool c", "~ order of routes: b before a", "+ pool c http://b:80");
        assertThat(changes("routes: [ %s, %s ]".formatted(a, b), "routes: [ %s, %s ]".formatted(c, b))
                        .lines())
                .noneMatch(line -> line.contains("order"));
    }

    @Test
    void linesAreOfBearableLength() throws Exception {
        String many = IntStream.range(0, 300)
                .mapToObj(i -> "10.1." + i / 200 + "." + i % 200)
                .collect(Collectors.joining(", "));
        String yaml = "routes: [ { name: r, to: http://a, request: { headers: { set: { X-A: %s } } } } ]";
        assertThat(changes(
                                yaml.formatted("a".repeat(5_000)) + "\ntrustedProxies: [ 10.0.0.7, " + many + " ]",
                                yaml.formatted("b".repeat(5_000)) + "\ntrustedProxies: [ " + many + ", 10.0.0.8 ]")
                        .lines())
                .hasSize(2)
                .contains("~ trustedProxies: + 10.0.0.8; - 10.0.0.7")
                .allMatch(line -> line.length() < 400);
    }

    @Test
    void secretsAreNotShown() throws Exception {
        Files.write(directory.resolve("a.p12"), new byte[0]);
        Files.writeString(directory.resolve("one"), "hunter2-hunter2-3");
        String listener = "listeners: { https: { address: \":443\", tls: { keystore: a.p12, password: \"%s\" } } }\n";
        String route = "routes: [ { to: http://a, request: { headers: { set: { %s } } } } ]";
        String sticky = "routes: [ { pool: a } ]\n"
                + "pools: { a: { backends: http://a, balance: { sticky: { cookie: c, secret: \"%s\" } } } }";
        List<String> all = new ArrayList<>();
        all.addAll(lines(listener, "${SECRET}", "${OTHER}"));
        all.addAll(lines(listener, "${SECRET}", "${file:one}"));
        all.addAll(lines(sticky, "${SECRET}", "${OTHER}"));
        all.addAll(lines(sticky, "${OTHER}", "${file:one}"));
        all.addAll(lines(route, "Authorization: hunter2", "Authorization: Basic hunter3"));
        all.addAll(lines(route, "X-Any: \"a ${SECRET}\"", "X-Any: \"a ${file:one}\""));
        all.addAll(lines("routes: [ { to: \"%s\" } ]", "http://a/?k=${SECRET}", "http://a/?k=${OTHER}"));
        // What is written out now was none before.
        all.addAll(lines(route, "X-Any: \"${SECRET}\"", "X-Any: \"hunter2-hunter2-1 too\""));
        assertThat(all)
                .containsExactly(
                        "~ listener https: tls.password ${SECRET} -> ${OTHER}",
                        "~ listener https: tls.password ${SECRET} -> ${file:" + directory.resolve("one") + "}",
                        "~ pool a: balance.sticky.secret ${SECRET} -> ${OTHER}",
                        "~ pool a: balance.sticky.secret ${OTHER} -> ${file:" + directory.resolve("one") + "}",
                        "~ route default: request.headers.set.Authorization *** -> another one",
                        "~ route default: request.headers.set.X-Any a ${SECRET} -> a ${file:" + directory.resolve("one")
                                + "}",
                        "~ pool default: http://a:80/: url http://a:80/?k=${SECRET} -> http://a:80/?k=${OTHER}",
                        "~ route default: request.headers.set.X-Any ${SECRET} -> ${SECRET} too");
    }

    /** In the path of a URL, in the name that follows from a path, in what clients have to say. */
    @Test
    void secretsAreNotShownWhereOnlyAPartOfThemStands() throws Exception {
        List<String> all = new ArrayList<>();
        all.addAll(lines("routes: [ { to: \"%s\" } ]", "http://a", "${HOOK}"));
        all.addAll(lines("routes: [ { to: http://a }, { path: %s, respond: 204 } ]", "/hook", "\"/hook/${SECRET}\""));
        String route = "routes: [ { to: http://a, name: r, %s } ]";
        all.addAll(lines(route, "headers: { X-Api-Key: hunter2 }", "headers: { X-Api-Key: hunter3 }"));
        all.addAll(lines(route, "cookies: { who: hunter2 }", "cookies: { who: hunter3 }"));
        String field = "request: { headers: { set: { X-Api-Key: \"%s\" } } }";
        all.addAll(lines(route, field.formatted("hunter2-prod-1"), field.formatted("hunter2-${STAGE}-2")));
        assertThat(all)
                .noneMatch(line -> line.contains("hunter"))
                .contains(
                        "~ route r: headers.x-api-key *** -> another one",
                        "~ route r: cookies.who *** -> another one",
                        "~ route r: request.headers.set.X-Api-Key *** -> another one")
                .anyMatch(line -> line.startsWith("+ route /hook/${SECRET} "))
                .anyMatch(line -> line.contains("https://hooks.example.com:443***"));
    }

    @Test
    void otherOrderOfSharesIsAChange() throws Exception {
        String yaml = "routes: [ { split: [ %s ] } ]\npools: { a: { backends: http://a }, b: { backends: http://b } }";
        String a = "{ pool: a, headers: { X-A: \"1\" } }";
        String b = "{ pool: b, headers: { X-B: \"1\" } }";
        assertThat(lines(yaml, a + ", " + b, b + ", " + a)).containsExactly("~ route default: split: another order");
    }

    @Test
    void otherContentOfAFileWithASecretIsAChangeThatDoesNotShowIt() throws Exception {
        String yaml = "routes: [ { to: http://a, request: { headers: { set: { X-Any: \"${file:two}\" } } } } ]";
        Files.writeString(directory.resolve("two"), "hunter2-hunter2-4");
        LoadedConfig before = config(yaml);
        Files.writeString(directory.resolve("two"), "hunter2-hunter2-5");
        assertThat(ConfigChanges.between(before, config(yaml)).lines())
                .containsExactly("~ route default: request.headers.set.X-Any ${file:" + directory.resolve("two")
                        + "} as it was -> as it is now");
    }

    /** As {@code Sluice.reload} is told by those who embed it. */
    @Test
    void whereNobodyKnowsWhatIsASecretWhatMayBeOneIsNotShown() throws Exception {
        String yaml =
                "routes: [ { to: http://a, timeouts: { idle: %s }, request: { headers: { set: { X-Any: \"%s\" } } } } ]";
        assertThat(ConfigChanges.between(
                                config(yaml.formatted("1s", "${SECRET}")).config(),
                                config(yaml.formatted("2s", "hunter2")).config())
                        .lines())
                .containsExactly(
                        "~ route default: request.headers.set.X-Any *** -> another one",
                        "~ route default: timeouts.idle 1s -> 2s");
    }
}
