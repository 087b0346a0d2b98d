package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.BalanceConfig;
import dev.sluice.config.BalanceConfig.Hash;
import dev.sluice.config.BalanceConfig.HashOn;
import dev.sluice.config.BalanceConfig.Policy;
import dev.sluice.config.BalanceConfig.SameSite;
import dev.sluice.config.BalanceConfig.Sticky;
import dev.sluice.config.PoolConfig;
import dev.sluice.config.RouteConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.config.UpstreamConfig.Transport;
import dev.sluice.runtime.Sluice;
import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.EmbeddedProxy;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.RunningProxy;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestHead;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that come back to the backend that they had: by a cookie of the proxy's, or by what they send. */
@Once
class AffinityTest {
    private static final String SECRET = "correct horse battery";
    private static final Sticky STICKY = new Sticky("stay", SECRET, SameSite.LAX, null);

    private final List<FaultyOrigin> origins =
            Stream.of("a", "b", "c").map(FaultyOrigin::start).toList();
    private @Nullable EmbeddedProxy running;

    private EmbeddedProxy start(BalanceConfig balance, Transport transport) throws Exception {
        if (running != null) running.close();
        List<BackendConfig> backends =
                origins.stream().map(o -> BackendConfig.parse(o.url())).toList();
        SluiceConfig base = ProxySetup.to(origins.get(0).url())
                .trust("127.0.0.0/8")
                .transport(transport)
                .config();
        Sluice sluice = Sluice.of(new SluiceConfig(
                base.listeners(),
                base.drain(),
                List.of(RouteConfig.of(null, PoolConfig.of("pool", backends).withBalance(balance))),
                base.upstream(),
                base.server(),
                base.trustedProxies()));
        sluice.start();
        EmbeddedProxy proxy = new EmbeddedProxy(sluice);
        running = proxy;
        return proxy;
    }

    private EmbeddedProxy sticky() throws Exception {
        return start(sticky(STICKY), Transport.AUTO);
    }

    private static BalanceConfig sticky(Sticky sticky) {
        return new BalanceConfig(Policy.ROUND_ROBIN, null, sticky, Duration.ZERO, BalanceConfig.PANIC_PERCENT);
    }

    private static BalanceConfig hashed(HashOn on, String name) {
        Hash hash = new Hash(on, name, Hash.BOUND_PERCENT);
        return new BalanceConfig(Policy.HASH, hash, null, Duration.ZERO, BalanceConfig.PANIC_PERCENT);
    }

    @AfterEach
    void stop() {
        if (running != null) running.close();
        origins.forEach(FaultyOrigin::close);
    }

    private static TestResponse get(RunningProxy proxy, String... fields) throws IOException {
        return get(ClientProtocol.HTTP11, proxy, TestRequest.get("/"), fields);
    }

    private static TestResponse get(ClientProtocol protocol, RunningProxy proxy, TestRequest request, String... fields)
            throws IOException {
        TestRequest all = request;
        for (int i = 0; i < fields.length; i += 2) all = all.field(fields[i], fields[i + 1]);
        try (TestClient client = protocol.connect(proxy)) {
            return client.send(all);
        }
    }

    /** As a client sends it. */
    private static String cookie(String setCookie) {
        return setCookie.substring(0, setCookie.indexOf(';'));
    }

    private static String cookie(TestResponse response) {
        String set = response.field("set-cookie");
        if (set == null) throw new AssertionError("no cookie in " + response);
        return cookie(set);
    }

    @ParameterizedTest
    @EnumSource
    void clientComesBackToItsBackend(ClientProtocol protocol) throws Exception {
        for (Transport transport : Transport.values()) {
            EmbeddedProxy proxy = start(sticky(STICKY), transport);
            TestResponse first = get(protocol, proxy, TestRequest.get("/"));
            assertThat(first.values("set-cookie"))
                    .hasSize(1)
                    .allSatisfy(set -> assertThat(set)
                            .startsWith("stay=")
                            .contains("; HttpOnly")
                            .contains("; SameSite=Lax")
                            .doesNotContain("127.0.0.1"));
            assertThat(first.field("set-cookie").endsWith("; Secure")).isEqualTo(protocol.secure());
            assertThat(first.field("cache-control")).isEqualTo("private");
            for (int i = 0; i < 7; i++) {
                TestResponse next = get(protocol, proxy, TestRequest.get("/"), "cookie", "x=1; " + cookie(first));
                assertThat(next.echo().origin()).isEqualTo(first.echo().origin());
                assertThat(next.field("set-cookie")).isNull();
                assertThat(next.field("cache-control")).isNull();
                // It is between client and proxy.
                assertThat(Field.values(next.echo().fields(), "cookie")).containsExactly("x=1");
            }
        }
    }

    @Test
    void othersAreSpreadMeanwhile() throws Exception {
        EmbeddedProxy proxy = sticky();
        Set<String> met = new HashSet<>();
        for (int i = 0; i < 3; i++) met.add(get(proxy).echo().origin());
        assertThat(met).containsExactlyInAnyOrder("a", "b", "c");
    }

    @Test
    void cookieOutlivesTheProxy() throws Exception {
        TestResponse first = get(sticky());
        EmbeddedProxy again = sticky();
        for (int i = 0; i < 5; i++) {
            TestResponse next = get(again, "cookie", cookie(first));
            assertThat(next.echo().origin()).isEqualTo(first.echo().origin());
            assertThat(next.field("set-cookie")).isNull();
        }
    }

    @Test
    void clientOfABackendThatDiedGetsAnotherOneAndStaysThere() throws Exception {
        EmbeddedProxy proxy = sticky();
        TestResponse first = get(proxy);
        String had = first.echo().origin();
        origins.get("abc".indexOf(had)).close();
        TestResponse moved = get(proxy, "cookie", cookie(first));
        assertThat(moved.echo().origin()).isNotEqualTo(had);
        for (int i = 0; i < 5; i++)
            assertThat(get(proxy, "cookie", cookie(moved)).echo().origin())
                    .isEqualTo(moved.echo().origin());
    }

    @Test
    void forgedCookieIsNone() throws Exception {
        EmbeddedProxy proxy = sticky();
        String forged = cookie(get(proxy)).replace("stay=", "stay=f");
        Set<String> met = new HashSet<>();
        for (int i = 0; i < 3; i++) {
            TestResponse response = get(proxy, "cookie", forged);
            met.add(response.echo().origin());
            assertThat(response.values("set-cookie")).hasSize(1);
        }
        assertThat(met).hasSize(3);
    }

    @Test
    void ofSeveralCookiesTheOneThatIsRealCounts() throws Exception {
        EmbeddedProxy proxy = sticky();
        TestResponse first = get(proxy);
        TestResponse next = get(proxy, "cookie", "stay=old; a=b", "cookie", "stay=; " + cookie(first));
        assertThat(next.echo().origin()).isEqualTo(first.echo().origin());
        assertThat(Field.values(next.echo().fields(), "cookie")).containsExactly("a=b");
    }

    @Test
    void backendsOwnCookiesAndCacheRulesPass() throws Exception {
        for (FaultyOrigin origin : origins)
            origin.on(
                    "/",
                    (request, exchange) -> exchange.answer(
                            200,
                            "",
                            Field.of("Set-Cookie", "own=1"),
                            Field.of("Set-Cookie", "two=2"),
                            Field.of("Cache-Control", "no-store")));
        TestResponse response = get(sticky());
        assertThat(response.values("set-cookie")).hasSize(3).startsWith("own=1", "two=2");
        assertThat(response.values("cache-control")).containsExactly("no-store");
    }

    @Test
    void sharedCachesMayNotStoreAnAnswerWithACookie() throws Exception {
        for (FaultyOrigin origin : origins)
            origin.on(
                    "/",
                    (request, exchange) -> exchange.answer(200, "", Field.of("Cache-Control", "public, s-maxage=60")));
        assertThat(get(sticky()).values("cache-control")).contains("private");
    }

    @Test
    void clientThatCameByTlsToATrustedProxyGetsASecureCookie() throws Exception {
        TestResponse response = get(sticky(), "x-forwarded-proto", "https");
        assertThat(response.field("set-cookie")).endsWith("; Secure");
    }

    @Test
    void tunnelSetsTheCookieAndFollowsIt() throws Exception {
        for (FaultyOrigin origin : origins)
            origin.on("/up", (request, exchange) -> {
                exchange.start(101, Field.of("Connection", "Upgrade"), Field.of("Upgrade", "echo/1"));
                exchange.echoRaw();
            });
        EmbeddedProxy proxy = sticky();
        TestHead head = upgraded(proxy, "");
        String set = head.field("Set-Cookie");
        assertThat(set).startsWith("stay=");
        int used = origins.stream()
                .filter(o -> !o.requests("/up").isEmpty())
                .toList()
                .size();
        for (int i = 0; i < 5; i++) {
            TestHead next = upgraded(proxy, "Cookie: " + cookie(String.valueOf(set)) + "\r\n");
            assertThat(next.field("Set-Cookie")).isNull();
        }
        assertThat(origins.stream().filter(o -> !o.requests("/up").isEmpty())).hasSize(used);
    }

    private static TestHead upgraded(RunningProxy proxy, String more) throws IOException {
        try (RawClient client = RawClient.plain(proxy.httpPort())) {
            client.send("GET /up HTTP/1.1\r\nHost: h\r\n" + more + "Connection: Upgrade\r\nUpgrade: echo/1\r\n\r\n");
            TestHead head = client.readHead();
            assertThat(head.status()).isEqualTo(101);
            return head;
        }
    }

    /** Those who answer requests that differ in one thing; each of them is asked three times. */
    private Set<String> owners(HashOn on, String name, IntFunction<String[]> fields, String path) throws Exception {
        EmbeddedProxy proxy = start(hashed(on, name), Transport.AUTO);
        Set<String> all = new HashSet<>();
        // So many that all three are among their owners.
        for (int i = 0; i < 40; i++) {
            Set<String> same = new HashSet<>();
            for (ClientProtocol protocol : List.of(ClientProtocol.HTTP11, ClientProtocol.H2, ClientProtocol.H2C)) {
                TestRequest request = TestRequest.get(path.replace("#", Integer.toString(i)));
                same.add(get(protocol, proxy, request, fields.apply(i)).echo().origin());
            }
            assertThat(same).as("%s %s", on, i).hasSize(1);
            all.addAll(same);
        }
        return all;
    }

    @Test
    void sameHeaderComesToTheSameBackend() throws Exception {
        assertThat(owners(HashOn.HEADER, "X-User", i -> new String[] {"x-user", "user " + i}, "/#"))
                .hasSize(3);
    }

    @Test
    void sameCookieComesToTheSameBackend() throws Exception {
        assertThat(owners(HashOn.COOKIE, "sid", i -> new String[] {"cookie", "a=1; sid=" + i + "; b=" + i}, "/"))
                .hasSize(3);
    }

    @Test
    void sameClientComesToTheSameBackend() throws Exception {
        assertThat(owners(HashOn.CLIENT, "", i -> new String[] {}, "/#")).hasSize(1);
        // Behind a trusted proxy it is the client that it speaks for, and not what that one says itself.
        assertThat(owners(
                        HashOn.CLIENT,
                        "",
                        i -> new String[] {"x-forwarded-for", i + ".9.9.9, 192.0.2." + i + ", 127.0.0.2"},
                        "/"))
                .hasSize(3);
        assertThat(owners(
                        HashOn.CLIENT,
                        "",
                        i -> new String[] {"x-forwarded-for", i + ".9.9.9, 192.0.2.7:" + (1000 + i)},
                        "/"))
                .hasSize(1);
        assertThat(owners(
                        HashOn.CLIENT,
                        "",
                        i -> new String[] {"forwarded", "for=\"[2001:db8::" + i + "]:80\";proto=http"},
                        "/"))
                .hasSize(3);
    }

    @Test
    void samePathComesToTheSameBackendWhateverItsQuery() throws Exception {
        assertThat(owners(HashOn.PATH, "", i -> new String[] {}, "/#")).hasSize(3);
        assertThat(owners(HashOn.PATH, "", i -> new String[] {}, "/same?#")).hasSize(1);
    }

    @Test
    void requestsWithoutTheHeaderAreSpread() throws Exception {
        EmbeddedProxy proxy = start(hashed(HashOn.HEADER, "X-User"), Transport.AUTO);
        Set<String> met = new HashSet<>();
        for (int i = 0; i < 60; i++) met.add(get(proxy, "x-user", "").echo().origin());
        assertThat(met).hasSize(3);
    }
}
