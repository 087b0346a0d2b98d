package dev.sluice.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.Conditions;
import dev.sluice.config.RouteConfig;
import dev.sluice.drain.DrainHandler;
import dev.sluice.listener.ListenerException;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestResponse;
import jakarta.servlet.DispatcherType;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.awaitility.Awaitility;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.StatisticsHandler;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.junit.jupiter.api.Test;

/** What those who embed it do first. */
class EmbeddingTest {
    private static Sluice plain(FaultyOrigin origin) {
        return Sluice.builder().listen("127.0.0.1:0").fallback(origin.url()).build();
    }

    @Test
    void fewLinesMakeAProxy() throws Exception {
        try (FaultyOrigin api = FaultyOrigin.start("api");
                FaultyOrigin web = FaultyOrigin.start("web");
                CloseableHttpClient client = HttpClients.createDefault()) {
            api.otherwise((request, exchange) -> exchange.answer(200, "api"));
            web.otherwise((request, exchange) -> exchange.answer(200, "web"));
            Sluice sluice = Sluice.builder()
                    .listen("127.0.0.1:0")
                    .listenTls("127.0.0.1:0")
                    .route("/api", api.url())
                    .fallback(web.url())
                    .build();
            sluice.start();

            assertThat(sluice.listenerNames()).containsExactly("http", "https");
            String base = "http://127.0.0.1:" + sluice.port("http");
            assertThat(get(client, base + "/api/x")).isEqualTo("api");
            assertThat(get(client, base + "/apix")).isEqualTo("web");

            assertThat(sluice.stop()).as("nothing cut").isTrue();
            sluice.join();
            assertThat(sluice.summary().cut()).isZero();
        }
    }

    @Test
    void jettysStatisticsCountWhatPasses() throws Exception {
        try (FaultyOrigin origin = FaultyOrigin.start();
                CloseableHttpClient client = HttpClients.createDefault();
                Sluice sluice = plain(origin)) {
            origin.on("/in", (request, exchange) -> exchange.answer(200, "four"));
            origin.on("/none", (request, exchange) -> exchange.answer(404, "no"));
            sluice.start();
            String base = "http://127.0.0.1:" + sluice.port("http");
            HttpPost post = new HttpPost(base + "/in");
            post.setEntity(new StringEntity("seven b"));
            client.execute(post, response -> EntityUtils.toString(response.getEntity()));
            get(client, base + "/none");

            StatisticsHandler statistics = sluice.server().getDescendant(StatisticsHandler.class);
            Awaitility.await()
                    .until(() -> statistics.getRequestsActive() == 0
                            && statistics.getResponses2xx() == 1
                            && statistics.getResponses4xx() == 1);
            assertThat(statistics.getRequestTotal()).isEqualTo(2);
            assertThat(statistics.getBytesRead()).isEqualTo(7);
            assertThat(statistics.getBytesWritten()).isEqualTo(6);
            assertThat(statistics.getFailures()).isZero();
        }
    }

    @Test
    void filterThatIsAddedToTheContextIsAskedAndTheProxyServesAllTheSame() throws Exception {
        try (FaultyOrigin origin = FaultyOrigin.start();
                CloseableHttpClient client = HttpClients.createDefault();
                Sluice sluice = plain(origin)) {
            origin.otherwise((request, exchange) -> exchange.answer(200, "served"));
            AtomicInteger asked = new AtomicInteger();
            ServletContextHandler context = sluice.server().getDescendant(ServletContextHandler.class);
            FilterHolder filter = new FilterHolder((request, response, chain) -> {
                asked.incrementAndGet();
                chain.doFilter(request, response);
            });
            filter.setAsyncSupported(true);
            context.addFilter(filter, "/*", EnumSet.of(DispatcherType.REQUEST));
            sluice.start();
            assertThat(sluice.server().getInvocationType())
                    .as("a filter may block")
                    .isEqualTo(InvocationType.BLOCKING);
            assertThat(get(client, "http://127.0.0.1:" + sluice.port("http") + "/x"))
                    .isEqualTo("served");
            assertThat(asked).hasValue(1);
        }
    }

    /** The second request is found when the first has been answered, on the thread that selects for both. */
    @Test
    void filterThatMayBlockIsNotAskedWhereTheRequestBeforeItEnded() throws Exception {
        try (FaultyOrigin origin = FaultyOrigin.start();
                Sluice sluice = plain(origin)) {
            AtomicInteger asked = new AtomicInteger();
            AtomicInteger inPlace = new AtomicInteger();
            ServletContextHandler context = sluice.server().getDescendant(ServletContextHandler.class);
            FilterHolder filter = new FilterHolder((request, response, chain) -> {
                asked.incrementAndGet();
                if (isInPlace()) inPlace.incrementAndGet();
                chain.doFilter(request, response);
            });
            filter.setAsyncSupported(true);
            context.addFilter(filter, "/*", EnumSet.of(DispatcherType.REQUEST));
            sluice.start();
            try (RawClient client = RawClient.plain(sluice.port("http"))) {
                client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n".repeat(20));
                for (int i = 0; i < 20; i++)
                    assertThat(client.readResponse().status()).isEqualTo(200);
            }
            assertThat(asked).hasValue(20);
            assertThat(inPlace).hasValue(0);
        }
    }

    private static boolean isInPlace() {
        return StackWalker.getInstance()
                .walk(frames -> frames.anyMatch(f -> f.getClassName().contains("LoopHttp")
                        && f.getMethodName().equals("execute")));
    }

    @Test
    void stopAtShutdownAndStopTimeoutAreJettys() {
        Sluice sluice = Sluice.builder()
                .listen("127.0.0.1:0")
                .fallback("http://127.0.0.1:1")
                .build();
        assertThat(sluice.server().getStopTimeout()).isEqualTo(10_000);
        assertThat(sluice.server().getStopAtShutdown()).isTrue();
    }

    @Test
    void serverThatIsStoppedByJettysOwnApiDrains() throws Exception {
        Gate gate = new Gate();
        try (FaultyOrigin origin = FaultyOrigin.start().on("/slow", (request, exchange) -> {
                    gate.pass();
                    exchange.answer(200, "done");
                });
                Sluice sluice = plain(origin).start();
                RawClient client = RawClient.plain(sluice.port("http"))) {
            client.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
            origin.awaitRequest("/slow");
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(() -> stop(sluice.server()));
            DrainHandler drain = sluice.server().getDescendant(DrainHandler.class);
            Awaitility.await("draining").until(drain::isShutdown);
            gate.open();

            TestResponse response = client.readResponse();
            stopped.get(10, TimeUnit.SECONDS);

            assertThat(response.text()).isEqualTo("done");
            assertThat(response.field("Connection")).isEqualTo("close");
            assertThat(sluice.summary().finished()).isEqualTo(1);
            assertThat(sluice.summary().cut()).isZero();
            assertThat(sluice.stop()).as("asked again, after the end").isTrue();
        }
    }

    private static void stop(Server server) {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("not stopped in order", e);
        }
    }

    @Test
    void listenerThatCannotBindIsNamedAndNoOtherStaysOpen() throws Exception {
        int free = FreePort.next();
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            Sluice sluice = Sluice.builder()
                    .listen("127.0.0.1:" + free)
                    .listen("127.0.0.1:" + taken.getLocalPort())
                    .fallback("http://127.0.0.1:1")
                    .build();
            assertThatThrownBy(sluice::start)
                    .isInstanceOf(ListenerException.class)
                    .hasMessageContaining("listener http-2: cannot bind 127.0.0.1:" + taken.getLocalPort());
            assertThatThrownBy(() -> new Socket(InetAddress.getByName("127.0.0.1"), free).close())
                    .isInstanceOf(ConnectException.class);
        }
    }

    @Test
    void twoRoutesOfOneNameAreRefused() {
        SluiceBuilder builder = Sluice.builder()
                .listen("127.0.0.1:0")
                .route("/a", "http://127.0.0.1:1")
                .route(RouteConfig.of("/a", List.of(BackendConfig.parse("http://127.0.0.1:1")))
                        .withConditions(Conditions.prefix("/b")));
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("two routes are named /a (expected: a name of its own for each)");
    }

    private static String get(CloseableHttpClient client, String url) throws Exception {
        return client.execute(new HttpGet(url), response -> EntityUtils.toString(response.getEntity()));
    }
}
