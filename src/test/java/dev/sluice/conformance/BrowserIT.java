package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Browser;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.NodePeer;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.OriginExchange;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.RunningProxy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pages in a real browser, which speaks HTTP/2 over TLS and opens its WebSocket in the same connection (RFC 8441). */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@Once
class BrowserIT {
    /** Tells its server of each event as it comes. */
    private static final String EVENTS_PAGE = """
            <!doctype html><title>Events</title><script>
            const events = new EventSource('/events');
            events.onmessage = (event) => {
              const protocol = performance.getEntriesByType('navigation')[0].nextHopProtocol;
              fetch('/heard?' + event.data + '-' + event.lastEventId + '-over-' + protocol);
            };
            </script>""";

    private @TempDir Path directory = Path.of("");

    @ParameterizedTest
    @CsvSource({"https, h2", "http, http/1.1"})
    void webSocketOfAPageIsAnswered(String scheme, String protocol) throws Exception {
        try (NodePeer server = NodePeer.start("websocket-server.js");
                RunningProxy proxy = ProxyVariant.EMBEDDED.start(ProxySetup.to("http://127.0.0.1:" + server.port()))) {
            int port = scheme.equals("https") ? proxy.tlsPort() : proxy.httpPort();
            try (Browser browser = Browser.open(scheme + "://127.0.0.1:" + port + "/", directory)) {
                server.awaitLine("page from the page by chat over " + protocol);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"https, h2", "http, http/1.1"})
    void eventSourceOfAPageHearsEachEventAndGoesOnWhereItWasBroken(String scheme, String protocol) throws Exception {
        Gate heard = new Gate();
        try (FaultyOrigin origin = FaultyOrigin.start();
                RunningProxy proxy = ProxyVariant.EMBEDDED.start(ProxySetup.to(origin.url()))) {
            origin.on(
                    "/",
                    (request, exchange) -> exchange.answer(200, EVENTS_PAGE, Field.of("Content-Type", "text/html")));
            origin.on("/heard", (request, exchange) -> {
                exchange.answer(204, "");
                heard.open();
            });
            origin.on("/events", (request, exchange) -> serveEvents(request, exchange, heard));
            int port = scheme.equals("https") ? proxy.tlsPort() : proxy.httpPort();
            try (Browser browser = Browser.open(scheme + "://127.0.0.1:" + port + "/", directory)) {
                Awaitility.await()
                        .atMost(Duration.ofSeconds(30))
                        .untilAsserted(() -> assertThat(origin.requests("/heard"))
                                .extracting(ReceivedRequest::target)
                                .containsExactly(
                                        "/heard?one-1-over-" + protocol,
                                        "/heard?two-2-over-" + protocol,
                                        "/heard?three-3-over-" + protocol));
            }
            assertThat(origin.requests("/events"))
                    .extracting(request -> request.values("last-event-id"))
                    .containsExactly(List.of(), List.of("2"));
        }
    }

    /** Sends nothing more before the page has heard what came before; the first connection breaks off. */
    private static void serveEvents(ReceivedRequest request, OriginExchange exchange, Gate heard) throws IOException {
        exchange.startChunked(200, Field.of("Content-Type", "text/event-stream"));
        if (request.field("last-event-id") == null) {
            exchange.chunk("retry: 50\nid: 1\ndata: one\n\n");
            heard.pass();
            exchange.chunk("id: 2\ndata: two\n\n");
            heard.pass();
            exchange.reset();
        } else {
            exchange.chunk("id: 3\ndata: three\n\n");
            exchange.awaitAbort();
        }
    }
}
