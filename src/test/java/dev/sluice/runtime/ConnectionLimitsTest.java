package dev.sluice.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.LimitsConfig;
import dev.sluice.config.PoolConfig;
import dev.sluice.config.UpstreamConfig;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.H2Origin;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestResponse;
import dev.sluice.testkit.TwoProtocols;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.frames.Frame;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.http2.frames.PingFrame;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Pools with a limit of connections, over real sockets, on both transports. */
@ParameterizedClass
@EnumSource
@Once
class ConnectionLimitsTest {
    private static final String GET = "GET /x HTTP/1.1\r\nHost: sluice.test\r\n\r\n";
    private static final String HELD = "GET /held HTTP/1.1\r\nHost: sluice.test\r\n\r\n";

    private static final String TUNNEL =
            "GET /tunnel HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\n";

    @Parameter
    UpstreamConfig.Transport transport;

    private final FaultyOrigin a = FaultyOrigin.start("a");
    private final FaultyOrigin b = FaultyOrigin.start("b");
    private final Gate gate = new Gate();

    ConnectionLimitsTest() {
        for (FaultyOrigin origin : List.of(a, b)) {
            origin.otherwise((request, exchange) -> exchange.answer(200, origin == a ? "a" : "b"));
            origin.on("/held", (request, exchange) -> {
                gate.pass();
                exchange.answer(200, "held");
            });
            origin.on("/tunnel", (request, exchange) -> {
                exchange.raw("HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\n");
                exchange.echoRaw();
            });
        }
    }

    @AfterEach
    void close() {
        gate.open();
        a.close();
        b.close();
    }

    private Sluice start(PoolConfig pool) throws Exception {
        return OnePool.start(pool, transport, Duration.ofSeconds(60));
    }

    private static LimitsConfig limits(int backend, int pool, int queue) {
        return new LimitsConfig(0, 0, backend, pool, queue, Duration.ofSeconds(30), null);
    }

    private static TestResponse ask(Sluice sluice) throws IOException {
        try (RawClient client = RawClient.plain(sluice.port("http"))) {
            return client.send(GET).readResponse();
        }
    }

    @Test
    void requestBeyondTheConnectionsOfABackendWaitsForOne() throws Exception {
        try (Sluice sluice = start(OnePool.of(a.url()).withLimits(limits(1, 0, 10)));
                RawClient first = RawClient.plain(sluice.port("http"));
                RawClient second = RawClient.plain(sluice.port("http"))) {
            first.send(HELD);
            a.awaitRequest("/held");
            second.send(GET);
            await().until(() -> sluice.pools().get(0).waiting() == 1);
            gate.open();
            assertThat(first.readResponse().text()).isEqualTo("held");
            assertThat(second.readResponse().text()).isEqualTo("a");
            assertThat(a.acceptedConnections()).isEqualTo(1);
        }
    }

    @Test
    void requestBeyondTheConnectionsOfABackendGoesToAnotherThatHasSome() throws Exception {
        try (Sluice sluice = start(OnePool.of(a.url(), b.url()).withLimits(limits(1, 0, 10)));
                RawClient first = RawClient.plain(sluice.port("http"))) {
            first.send(HELD);
            await().until(() -> a.requests().size() + b.requests().size() == 1);
            String other = a.requests().isEmpty() ? "a" : "b";
            for (int i = 0; i < 3; i++) assertThat(ask(sluice).text()).isEqualTo(other);
        }
    }

    @Test
    void requestBeyondTheConnectionsOfAPoolAndItsQueueIsAnsweredWith503() throws Exception {
        try (Sluice sluice = start(OnePool.of(a.url(), b.url()).withLimits(limits(0, 1, 0)));
                RawClient first = RawClient.plain(sluice.port("http"))) {
            first.send(HELD);
            await().until(() -> a.requests().size() + b.requests().size() == 1);
            TestResponse refused = ask(sluice);
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.values("Retry-After")).containsExactly("1");
            gate.open();
            assertThat(first.readResponse().status()).isEqualTo(200);
        }
    }

    @Test
    void connectionThatNobodyUsesMakesRoomForOneToAnotherBackend() throws Exception {
        try (Sluice sluice = start(OnePool.of(a.url(), b.url()).withLimits(limits(0, 1, 10)))) {
            Set<String> answers = new HashSet<>();
            for (int i = 0; i < 6; i++) {
                answers.add(ask(sluice).text());
                await().until(() -> a.openConnections() + b.openConnections() <= 1);
            }
            assertThat(answers).containsExactlyInAnyOrder("a", "b");
        }
    }

    @Test
    void tunnelIsAConnectionAsLongAsItIsOpen() throws Exception {
        try (Sluice sluice = start(OnePool.of(a.url()).withLimits(limits(1, 0, 10)));
                RawClient tunnel = RawClient.plain(sluice.port("http"));
                RawClient second = RawClient.plain(sluice.port("http"))) {
            // One that is kept makes room for it.
            assertThat(ask(sluice).text()).isEqualTo("a");
            tunnel.send(TUNNEL);
            assertThat(tunnel.readHead().status()).isEqualTo(101);
            await().until(() -> a.openConnections() == 1);
            second.send(GET);
            await().until(() -> sluice.pools().get(0).waiting() == 1);
            tunnel.close();
            assertThat(second.readResponse().text()).isEqualTo("a");
        }
    }

    private static @Nullable Integer inUse(Sluice sluice) {
        return sluice.pools().get(0).backends().get(0).connections();
    }

    @Test
    void snapshotSaysHowManyConnectionsAreInUse() throws Exception {
        try (Sluice sluice = start(OnePool.of(a.url()).withLimits(limits(5, 0, 0)));
                RawClient held = RawClient.plain(sluice.port("http"));
                RawClient tunnel = RawClient.plain(sluice.port("http"))) {
            assertThat(ask(sluice).text()).isEqualTo("a");
            await().untilAsserted(() -> assertThat(inUse(sluice)).isZero());
            held.send(HELD);
            a.awaitRequest("/held");
            tunnel.send(TUNNEL);
            assertThat(tunnel.readHead().status()).isEqualTo(101);
            assertThat(inUse(sluice)).isEqualTo(2);
            gate.open();
            assertThat(held.readResponse().text()).isEqualTo("held");
            await().untilAsserted(() -> assertThat(inUse(sluice)).isEqualTo(1));
        }
    }

    @Test
    void snapshotSaysWhenNobodyCountsConnections() throws Exception {
        try (Sluice sluice = start(OnePool.of(a.url()))) {
            assertThat(ask(sluice).text()).isEqualTo("a");
            assertThat(inUse(sluice)).isNull();
        }
    }

    @Test
    void noMoreThanTheLimitAreEverOpenUnderLoad() throws Exception {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        for (FaultyOrigin origin : List.of(a, b)) {
            origin.otherwise((request, exchange) -> {
                most.accumulateAndGet(now.incrementAndGet(), Math::max);
                now.decrementAndGet();
                exchange.answer(200, "x");
            });
        }
        try (Sluice sluice = start(OnePool.of(a.url(), b.url()).withLimits(limits(2, 3, 1000)))) {
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 16; i++) clients.add(RawClient.plain(sluice.port("http")));
            for (int round = 0; round < 20; round++) {
                for (RawClient client : clients) client.send(GET);
                for (RawClient client : clients)
                    assertThat(client.readResponse().status()).isEqualTo(200);
            }
            RawClient last = clients.get(0);
            assertThat(most.get()).isLessThanOrEqualTo(3);
            // One that came to rest just after its exchange was over is too many until the next exchange.
            await().untilAsserted(() -> {
                assertThat(last.send(GET).readResponse().status()).isEqualTo(200);
                assertThat(a.openConnections() + b.openConnections()).isLessThanOrEqualTo(3);
            });
            for (RawClient client : clients) client.close();
            assertThat(a.openConnections()).isLessThanOrEqualTo(2);
            assertThat(b.openConnections()).isLessThanOrEqualTo(2);
        }
    }

    @Test
    void exchangesThatShareAConnectionNeedOne() throws Exception {
        try (H2Origin origin = H2Origin.start();
                Sluice sluice = start(OnePool.of(origin.url()).withLimits(limits(0, 1, 0)));
                RawClient first = RawClient.plain(sluice.port("http"));
                RawClient second = RawClient.plain(sluice.port("http"))) {
            origin.on("/held", exchange -> new H2Origin.Rest());
            origin.on("/x", exchange -> {
                exchange.answer(200, "shared");
                return new H2Origin.Rest();
            });
            first.send(HELD);
            origin.await("/held", 1);
            assertThat(second.send(GET).readResponse().text()).isEqualTo("shared");
            assertThat(origin.sessions()).hasSize(1);
            origin.seen().get(0).answer(200, "held");
            assertThat(first.readResponse().text()).isEqualTo("held");
        }
    }

    /** Returns when the proxy has read it: what it reads next is a PING, which it answers. */
    private static void goAway(Session session, int lastStream) {
        AtomicBoolean answered = new AtomicBoolean();
        HTTP2Session http2 = (HTTP2Session) session;
        http2.addEventListener(new HTTP2Session.FrameListener() {
            @Override
            public void onIncomingFrame(Session from, Frame frame) {
                if (frame instanceof PingFrame ping && ping.isReply()) answered.set(true);
            }
        });
        http2.goAway(new GoAwayFrame(lastStream, ErrorCode.NO_ERROR.code, new byte[0]), Callback.NOOP);
        http2.ping(new PingFrame(1, false), Callback.NOOP);
        await().untilTrue(answered);
    }

    private static int last(List<H2Origin.Exchange> exchanges) {
        return exchanges.stream().mapToInt(e -> e.stream().getId()).max().orElseThrow();
    }

    /** With several streams on it: Jetty's pool treats that differently. */
    @ParameterizedTest
    @CsvSource({"1, 0", "0, 1"})
    void connectionThatOnlyFinishesWhatItHasDoesNotForbidItsSuccessor(int ofBackend, int ofPool) throws Exception {
        try (H2Origin origin = H2Origin.start();
                Sluice sluice = start(OnePool.of(origin.url()).withLimits(limits(ofBackend, ofPool, 10)));
                RawClient first = RawClient.plain(sluice.port("http"));
                RawClient second = RawClient.plain(sluice.port("http"));
                RawClient third = RawClient.plain(sluice.port("http"))) {
            origin.on("/held", exchange -> new H2Origin.Rest());
            first.send(HELD);
            List<H2Origin.Exchange> one = origin.await("/held", 1);
            second.send(HELD);
            List<H2Origin.Exchange> both = origin.await("/held", 2);
            Session old = one.get(0).stream().getSession();
            assertThat(both.get(1).stream().getSession()).isSameAs(old);

            goAway(old, last(both));

            for (int i = 0; i < 3; i++)
                assertThat(third.send(GET).readResponse().status()).isEqualTo(200);
            Session next = origin.await("/x", 3).get(2).stream().getSession();
            assertThat(next).isNotSameAs(old);
            for (H2Origin.Exchange held : both) held.answer(200, "held");
            assertThat(first.readResponse().text()).isEqualTo("held");
            assertThat(second.readResponse().text()).isEqualTo("held");
        }
    }

    @Test
    void onlyOneThatFinishesWhatItHasIsBeyondTheLimit() throws Exception {
        try (H2Origin origin = H2Origin.start();
                Sluice sluice = start(OnePool.of(origin.url()).withLimits(limits(1, 0, 10)));
                RawClient first = RawClient.plain(sluice.port("http"));
                RawClient second = RawClient.plain(sluice.port("http"));
                RawClient third = RawClient.plain(sluice.port("http"))) {
            origin.on("/held", exchange -> new H2Origin.Rest());
            first.send(HELD);
            List<H2Origin.Exchange> one = origin.await("/held", 1);
            goAway(one.get(0).stream().getSession(), last(one));
            second.send(HELD);
            List<H2Origin.Exchange> both = origin.await("/held", 2);
            goAway(both.get(1).stream().getSession(), both.get(1).stream().getId());
            assertThat(origin.sessions()).hasSize(2);

            third.send(GET);
            await().until(() -> sluice.pools().get(0).waiting() == 1);
            one.get(0).answer(200, "held");

            assertThat(third.readResponse().status()).isEqualTo(200);
            both.get(1).answer(200, "held");
            assertThat(first.readResponse().text()).isEqualTo("held");
            assertThat(second.readResponse().text()).isEqualTo("held");
            assertThat(origin.sessions()).hasSize(3);
        }
    }

    @Test
    void connectionOfARequestThatTimedOutDoesNotForbidItsSuccessor() throws Exception {
        try (H2Origin origin = H2Origin.start();
                Sluice sluice = OnePool.start(
                        OnePool.of(origin.url()).withLimits(limits(1, 0, 10)), transport, Duration.ofMillis(1500));
                RawClient client = RawClient.plain(sluice.port("http"))) {
            origin.on("/held", exchange -> new H2Origin.Rest());
            assertThat(client.send(GET).readResponse().status()).isEqualTo(200);
            for (int i = 0; i < 2; i++) {
                assertThat(client.send(HELD).readResponse().status()).isEqualTo(504);
                assertThat(client.send(GET).readResponse().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void tunnelToABackendWhoseConnectionIsSharedIsAnotherOne() throws Exception {
        try (H2Origin shared = H2Origin.start();
                TwoProtocols backend = TwoProtocols.over(URI.create(shared.url()), URI.create(a.url()));
                Sluice sluice = start(OnePool.of(backend.url()).withLimits(limits(2, 0, 10)));
                RawClient first = RawClient.plain(sluice.port("http"));
                RawClient tunnel = RawClient.plain(sluice.port("http"));
                RawClient another = RawClient.plain(sluice.port("http"))) {
            shared.on("/held", exchange -> new H2Origin.Rest());
            first.send(HELD);
            shared.await("/held", 1);
            tunnel.send(TUNNEL);
            assertThat(tunnel.readHead().status()).isEqualTo(101);

            another.send(TUNNEL);
            await().until(() -> sluice.pools().get(0).waiting() == 1);
            assertThat(ask(sluice).status()).isEqualTo(200);
            assertThat(a.acceptedConnections()).isEqualTo(1);
            tunnel.close();

            assertThat(another.readHead().status()).isEqualTo(101);
            assertThat(shared.sessions()).hasSize(1);
        }
    }
}
