package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.ConnectionsConfig;
import dev.sluice.config.UpstreamConfig;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.TestResponse;
import dev.sluice.upstream.balance.RoundRobin;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How long connections to a backend are kept, and how many ahead of requests. */
@Timeout(60)
@Once
class KeptConnectionsTest {
    private static final Duration LONG = Duration.ofSeconds(10);
    private static final String GET = "GET %s HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String POST = "POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";

    private final FaultyOrigin origin = FaultyOrigin.start();

    @AfterEach
    void closeOrigin() {
        origin.close();
    }

    private ProxyRig rig(UpstreamConfig.Transport transport, ConnectionsConfig rules) throws Exception {
        UpstreamConfig upstream = ProxyRig.upstream(transport, 10, LONG, LONG);
        var route = ProxyRig.route("default", null, origin.url());
        return new ProxyRig(List.of(route), upstream, LONG, RoundRobin::new, rules);
    }

    private ProxyRig rig(UpstreamConfig.Transport transport) throws Exception {
        return rig(transport, ConnectionsConfig.defaults());
    }

    private static TestResponse get(RawClient client) throws IOException {
        return client.send(GET.formatted("/")).readResponse();
    }

    private void answeringWith(Field... fields) {
        origin.otherwise((request, exchange) -> {
            exchange.sumBody();
            exchange.answer(200, "ok", fields);
        });
    }

    // What the backend says

    @ParameterizedTest
    @EnumSource
    void connectionIsClosedBeforeItsBackendWouldAsItHasSaid(UpstreamConfig.Transport transport) throws Exception {
        // The proxy has half of that.
        answeringWith(new Field("Keep-Alive", "timeout=2, max=100"));
        try (ProxyRig rig = rig(transport);
                RawClient client = RawClient.plain(rig.port())) {
            long begun = System.nanoTime();
            get(client);
            long answered = System.nanoTime();
            assertThat(origin.openConnections()).isEqualTo(1);
            // What counts is when it was last seen open: a busy machine may see late that it is not.
            AtomicLong open = new AtomicLong(answered);
            await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5)).until(() -> {
                long now = System.nanoTime();
                if (origin.openConnections() == 0) return true;
                open.set(now);
                return false;
            });
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThanOrEqualTo(Duration.ofMillis(800));
            assertThat(Duration.ofNanos(open.get() - answered)).isLessThan(Duration.ofMillis(1_950));
            assertThat(get(client).status()).isEqualTo(200);
            assertThat(origin.acceptedConnections()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @EnumSource
    void connectionThatMayBeUnusedForNoTimeIsNotUsedAgain(UpstreamConfig.Transport transport) throws Exception {
        answeringWith(new Field("Keep-Alive", "timeout=0"));
        try (ProxyRig rig = rig(transport);
                RawClient client = RawClient.plain(rig.port())) {
            for (int i = 0; i < 3; i++) assertThat(get(client).status()).isEqualTo(200);
            // Jetty's client may open one more in advance, when it sees one close while a request waits.
            assertThat(origin.requests())
                    .extracting(ReceivedRequest::connection)
                    .hasSize(3)
                    .doesNotHaveDuplicates();
        }
    }

    // What it does

    /** The connection that the last request came on; it is unused when this returns. */
    private int lastConnection(ProxyRig rig) {
        await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).until(() -> rig.outstanding() == 0);
        List<ReceivedRequest> all = origin.requests();
        return all.get(all.size() - 1).connection();
    }

    private static void pass(Duration time) {
        long begun = System.nanoTime();
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> System.nanoTime() - begun >= time.toNanos());
    }

    private boolean isUsedAfter(Duration unused, ProxyRig rig, RawClient client) throws IOException {
        get(client);
        int before = lastConnection(rig);
        pass(unused);
        get(client);
        return lastConnection(rig) == before;
    }

    /** Closes connections when they were unused for about 400 ms, until the proxy no longer uses one that was for longer. */
    private void untilLearned(ProxyRig rig, RawClient client) {
        await().pollDelay(Duration.ZERO).atMost(Duration.ofSeconds(40)).until(() -> {
            get(client);
            int number = lastConnection(rig);
            pass(Duration.ofMillis(400));
            origin.connection(number).close();
            origin.awaitClosed(number);
            // Ends that are not of one instant. Twice: a client of Jetty's may have opened another one meanwhile.
            return !isUsedAfter(Duration.ofSeconds(1), rig, client)
                    && isUsedAfter(Duration.ZERO, rig, client)
                    && !isUsedAfter(Duration.ofSeconds(1), rig, client);
        });
    }

    /** Twice, if a busy machine does not draw out one of them; from then on they are used for 200 ms, and no longer. */
    @ParameterizedTest
    @EnumSource
    void whatABackendClosesAtIsLearnedAndKept(UpstreamConfig.Transport transport) throws Exception {
        try (ProxyRig rig = rig(transport);
                RawClient client = RawClient.plain(rig.port())) {
            untilLearned(rig, client);
            // Of both only those say something between which so much time did not pass, or did.
            await().pollDelay(Duration.ZERO).until(() -> {
                long begun = System.nanoTime();
                boolean used = isUsedAfter(Duration.ZERO, rig, client);
                if (System.nanoTime() - begun >= 150_000_000L) return false;
                assertThat(used).as("used again at once").isTrue();
                return true;
            });
            assertThat(isUsedAfter(Duration.ofSeconds(1), rig, client))
                    .as("used after 1 s")
                    .isFalse();
        }
    }

    // Lifetime

    @ParameterizedTest
    @EnumSource
    void connectionThatIsOldIsClosedBehindItsExchange(UpstreamConfig.Transport transport) throws Exception {
        try (ProxyRig rig = rig(transport, new ConnectionsConfig(0, Duration.ofSeconds(1)));
                RawClient client = RawClient.plain(rig.port())) {
            long begun = System.nanoTime();
            await().pollInterval(Duration.ofMillis(50)).until(() -> {
                assertThat(get(client).status()).isEqualTo(200);
                return origin.acceptedConnections() == 2;
            });
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThanOrEqualTo(Duration.ofMillis(900));
            origin.awaitClosed(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void connectionThatIsOldAndUnusedIsClosed(UpstreamConfig.Transport transport) throws Exception {
        try (ProxyRig rig = rig(transport, new ConnectionsConfig(0, Duration.ofSeconds(1)));
                RawClient client = RawClient.plain(rig.port())) {
            long begun = System.nanoTime();
            get(client);
            await().until(() -> origin.openConnections() == 0);
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThanOrEqualTo(Duration.ofMillis(800));
        }
    }

    // Warm connections

    @ParameterizedTest
    @EnumSource
    void connectionsAreOpenAheadOfRequestsWhichUseThem(UpstreamConfig.Transport transport) throws Exception {
        try (ProxyRig rig = rig(transport, new ConnectionsConfig(3, null));
                RawClient here = RawClient.plain(rig.port());
                RawClient there = RawClient.plain(rig.otherPort())) {
            origin.awaitConnections(3);
            assertThat(get(here).status()).isEqualTo(200);
            assertThat(get(there).status()).isEqualTo(200);
            assertThat(here.send(POST).readResponse("POST").status()).isEqualTo(200);
            assertThat(origin.acceptedConnections()).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @EnumSource
    void connectionsThatTheBackendClosesAreOpenedAgain(UpstreamConfig.Transport transport) throws Exception {
        try (ProxyRig rig = rig(transport, new ConnectionsConfig(2, null))) {
            origin.awaitConnections(2);
            origin.connection(1).close();
            origin.awaitClosed(1);
            await().until(() -> origin.acceptedConnections() == 3 && origin.openConnections() == 2);
            assertThat(rig.outstanding()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void noneIsOpenedToABackendThatIsNotWell(UpstreamConfig.Transport transport) throws Exception {
        try (ProxyRig rig = rig(transport, new ConnectionsConfig(1, null))) {
            origin.awaitConnections(1);
            rig.backends().forEach(b -> b.found(false));
            origin.connection(1).close();
            origin.awaitClosed(1);
            long closed = System.nanoTime();
            await().until(() -> System.nanoTime() - closed > 1_500_000_000L);
            assertThat(origin.acceptedConnections()).isEqualTo(1);
            rig.backends().forEach(b -> b.found(true));
            await().until(() -> origin.openConnections() == 1);
        }
    }

    /** Nobody has used it, and yet it was closed before the request came. */
    @Test
    void requestThatMeetsAWarmConnectionThatWasJustClosedIsSentOnAnother() throws Exception {
        for (int i = 0; i < 20; i++) {
            try (ProxyRig rig = rig(UpstreamConfig.Transport.AUTO, new ConnectionsConfig(1, null));
                    RawClient client = RawClient.plain(rig.port())) {
                int accepted = origin.acceptedConnections();
                await().pollInterval(Duration.ofMillis(5))
                        .until(() -> origin.openConnections() == 1 && origin.acceptedConnections() >= accepted);
                origin.connection(origin.acceptedConnections()).close();
                assertThat(get(client).status()).isEqualTo(200);
            }
            await().until(() -> origin.openConnections() == 0);
        }
    }
}
