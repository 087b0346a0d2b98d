package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.UpstreamConfig;
import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.H2Origin;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.RunningProxy;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestExchange;
import dev.sluice.testkit.TestRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How long a connection of HTTP/2 to a backend is kept. */
@Timeout(60)
class Http2BackendTimesTest {
    private static final Duration KEPT = Duration.ofMillis(200);

    private final H2Origin backend = H2Origin.start();

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    private RunningProxy proxy() throws Exception {
        UpstreamConfig usual = UpstreamConfig.defaults();
        return ProxyVariant.EMBEDDED.start(ProxySetup.to(backend.url())
                .upstream(new UpstreamConfig(
                        usual.connectTimeout(),
                        usual.firstByteTimeout(),
                        usual.idleTimeout(),
                        null,
                        KEPT,
                        usual.maxConnections(),
                        usual.maxQueued(),
                        usual.queueTimeout())));
    }

    /** It was once cut with all its streams, as if nobody used it. */
    @ParameterizedTest(name = "draining={0}")
    @ValueSource(booleans = {false, true})
    void connectionWhoseStreamsAreQuietIsNotAnUnusedOne(boolean draining) throws Exception {
        backend.on("/quiet", exchange -> new H2Origin.Rest());
        try (RunningProxy proxy = proxy();
                TestClient client = ClientProtocol.HTTP11.connect(proxy)) {
            TestExchange quiet = client.open(TestRequest.get("/quiet"));
            H2Origin.Exchange exchange = backend.await("/quiet", 1).get(0);
            Session session = exchange.stream().getSession();
            int id = exchange.stream().getId();
            byte[] reason = {};
            if (draining)
                ((HTTP2Session) session).goAway(new GoAwayFrame(id, ErrorCode.NO_ERROR.code, reason), Callback.NOOP);

            await().during(KEPT.multipliedBy(6))
                    .atMost(KEPT.multipliedBy(20))
                    .until(() -> !session.isClosed() || draining);
            exchange.answer(200, "at last");

            assertThat(quiet.finish().text()).isEqualTo("at last");
        }
    }

    /** Two threads that gave back streams of two connections once waited for each other. */
    @Test
    void fullConnectionsServeWhatIsQueued() throws Exception {
        UpstreamConfig usual = UpstreamConfig.defaults();
        try (H2Origin narrow = H2Origin.start(2);
                RunningProxy proxy = ProxyVariant.EMBEDDED.start(ProxySetup.to(narrow.url())
                        .upstream(new UpstreamConfig(
                                usual.connectTimeout(),
                                usual.firstByteTimeout(),
                                usual.idleTimeout(),
                                null,
                                usual.keepAlive(),
                                3,
                                usual.maxQueued(),
                                usual.idleTimeout())))) {
            ExecutorService clients = Executors.newFixedThreadPool(24);
            List<Future<Integer>> all = new ArrayList<>();
            for (int i = 0; i < 24; i++) all.add(clients.submit(() -> requests(proxy, 60)));
            for (Future<Integer> served : all) assertThat(served.get()).isEqualTo(60);
            clients.shutdown();
        }
    }

    private static int requests(RunningProxy proxy, int n) throws IOException {
        int served = 0;
        try (TestClient client = ClientProtocol.HTTP11.connect(proxy)) {
            for (int i = 0; i < n; i++) {
                if (client.send(TestRequest.post("/", "x")).status() == 200) served++;
            }
        }
        return served;
    }

    @Test
    void connectionWithoutStreamsIsClosedAfterAWhile() throws Exception {
        try (RunningProxy proxy = proxy();
                TestClient client = ClientProtocol.HTTP11.connect(proxy)) {
            client.send(TestRequest.get("/"));
            Session session = backend.sessions().get(0);

            await().until(session::isClosed);

            assertThat(client.send(TestRequest.get("/")).status()).isEqualTo(200);
        }
    }
}
