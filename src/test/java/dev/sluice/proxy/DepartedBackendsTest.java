package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.ConnectionsConfig;
import dev.sluice.config.UpstreamConfig;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.RawClient;
import dev.sluice.upstream.balance.RoundRobin;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is kept of backends that have left: nothing, once nobody uses it any more. */
@Timeout(120)
@Once
class DepartedBackendsTest {
    private static final Duration LONG = Duration.ofSeconds(10);
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    private static final int CHANGES = 1_000;

    private final FaultyOrigin stays = FaultyOrigin.start().on("/", (request, exchange) -> exchange.answer(200, "ok"));
    private final List<FaultyOrigin> leave = new ArrayList<>();

    @AfterEach
    void closeOrigins() {
        stays.close();
        leave.forEach(FaultyOrigin::close);
    }

    private ProxyRig rig(UpstreamConfig.Transport transport) throws Exception {
        UpstreamConfig upstream = ProxyRig.upstream(transport, 10, LONG, LONG);
        // Of the second pool the one that stays is a member too.
        var routes =
                List.of(ProxyRig.route("changing", "/", stays.url()), ProxyRig.route("other", "/other", stays.url()));
        return new ProxyRig(routes, upstream, LONG, RoundRobin::new, ConnectionsConfig.defaults());
    }

    /** Most of those that come and go are at addresses where nobody listens; of these as much is kept as of others. */
    private void churn(ProxyRig rig) throws IOException {
        for (int i = 0; i < CHANGES; i++) {
            List<BackendConfig> found = new ArrayList<>();
            if (i % 100 == 0) {
                FaultyOrigin real = FaultyOrigin.start().on("/", (request, exchange) -> exchange.answer(200, "ok"));
                leave.add(real);
                found.add(BackendConfig.parse(real.url()));
            } else {
                found.add(BackendConfig.parse("http://127.1." + i / 250 + "." + (1 + i % 250) + ":" + stays.port()));
            }
            rig.found(0, found);
            // One for each of the two members.
            get(rig);
            get(rig);
        }
        assertThat(leave).anySatisfy(o -> assertThat(o.requests()).isNotEmpty());
        rig.found(0, List.of());
        leave.forEach(FaultyOrigin::close);
    }

    private static void get(ProxyRig rig) throws IOException {
        try (RawClient client = RawClient.plain(rig.port())) {
            assertThat(client.send(GET).readResponse().status()).isEqualTo(200);
        }
    }

    @Test
    void thousandMembersThatCameAndWentLeaveNothingInConnectionsOfOurOwn() throws Exception {
        try (ProxyRig rig = rig(UpstreamConfig.Transport.AUTO)) {
            DirectTransport transport = (DirectTransport) rig.carrier;
            var keeping = (DirectTransport.Keeping) rig.transport;
            churn(rig);

            await().atMost(LONG.multipliedBy(3))
                    .until(() -> transport.size() == 1 && keeping.declared().size() == 1);
            get(rig);
        }
    }

    @Test
    void thousandMembersThatCameAndWentLeaveNothingInJettysClient() throws Exception {
        try (ProxyRig rig = rig(UpstreamConfig.Transport.HTTPCLIENT)) {
            JettyTransport transport = (JettyTransport) rig.transport;
            churn(rig);

            // The one that stays is a member of two pools, and so two backends.
            await().atMost(LONG.multipliedBy(3))
                    .until(() -> transport.size() <= 2
                            && rig.client.getDestinations().size() == 1);
            get(rig);
        }
    }

    @Test
    void backendThatIsFoundAgainByAnotherNameIsSpokenToByThatOne() throws Exception {
        try (ProxyRig rig = rig(UpstreamConfig.Transport.HTTPCLIENT)) {
            JettyPlaces places = new JettyPlaces(rig.client, ConnectionsConfig.defaults());
            rig.found(0, List.of(BackendConfig.parse("https://old.test").at("127.0.0.2", 8443)));
            var backend = rig.backends().get(1);
            JettyPlaces.Place before = places.of(backend);

            rig.found(0, List.of(BackendConfig.parse("https://new.test").at("127.0.0.2", 8443)));

            assertThat(rig.backends().get(1)).isSameAs(backend);
            assertThat(before.tag()).isEqualTo(new TlsPeer(null, "old.test"));
            assertThat(places.of(backend).tag()).isEqualTo(new TlsPeer(null, "new.test"));
            assertThat(places.of(backend)).isSameAs(places.of(backend));
        }
    }
}
