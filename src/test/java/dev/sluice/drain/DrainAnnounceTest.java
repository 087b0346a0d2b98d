package dev.sluice.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.ConfigReader;
import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Readiness is taken back some time before the drain, and nothing else changes meanwhile. */
@Timeout(60)
@Once
class DrainAnnounceTest {
    private final FaultyOrigin origin = FaultyOrigin.start();

    @AfterEach
    void closeOrigin() {
        origin.close();
    }

    private DrainingProxy start(String announce) throws Exception {
        return DrainingProxy.start(
                ConfigReader.parse("sluice.yaml", """
                listeners:
                  http: { address: "127.0.0.1:0" }
                  https: { address: "127.0.0.1:0", tls: {} }
                drain: { announce: %s, deadline: 1s, linger: 100ms }
                routes: [ { to: "%s" } ]
                """.formatted(announce, origin.url()), Path.of("."), Map.of()));
    }

    private static TestResponse get(DrainingProxy proxy) throws Exception {
        try (TestClient client = proxy.connect(ClientProtocol.HTTP11)) {
            return client.send(TestRequest.get("/x"));
        }
    }

    @Test
    void announcedServerIsNotReadyAndServesAsBefore() throws Exception {
        try (DrainingProxy proxy = start("1h")) {
            assertThat(proxy.sluice().isReady()).isTrue();

            assertThat(proxy.sluice().announce()).isTrue();

            assertThat(proxy.sluice().isReady()).isFalse();
            assertThat(proxy.sluice().announce()).isFalse();
            TestResponse answer = get(proxy);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.values("Connection")).isEmpty();
            assertThat(proxy.handler().isShutdown()).isFalse();
        }
    }

    @Test
    void announcementCanBeCancelled() throws Exception {
        try (DrainingProxy proxy = start("1h")) {
            CompletableFuture<Boolean> stop = CompletableFuture.supplyAsync(() -> announceStop(proxy));
            DrainingProxy.await("the announcement", () -> !proxy.sluice().isReady());

            assertThat(proxy.sluice().cancelAnnouncement()).isTrue();

            assertThat(stop.join()).isFalse();
            assertThat(proxy.sluice().isReady()).isTrue();
            assertThat(proxy.sluice().cancelAnnouncement()).isFalse();
            assertThat(get(proxy).status()).isEqualTo(200);
        }
    }

    private static boolean announceStop(DrainingProxy proxy) {
        try {
            return proxy.sluice().announceStop("test");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void stopOfTheServerAnnouncesFirstAndCannotBeCancelledThen() throws Exception {
        try (DrainingProxy proxy = start("3s")) {
            long began = System.nanoTime();
            CompletableFuture<Void> stop = CompletableFuture.runAsync(() -> stopServer(proxy));
            DrainingProxy.await("the announcement", () -> !proxy.sluice().isReady());

            assertThat(proxy.sluice().cancelAnnouncement()).isFalse();
            assertThat(get(proxy).status()).isEqualTo(200);
            stop.join();

            assertThat(System.nanoTime() - began).isGreaterThan(3_000_000_000L);
            assertThat(proxy.lines("announced (server.stop())")).hasSize(1);
            assertThat(proxy.lines("\"announced\":\"")).hasSize(1);
        }
    }

    private static void stopServer(DrainingProxy proxy) {
        try {
            proxy.sluice().server().stop();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void timeThatWasAnnouncedBeforeIsNotWaitedForAgain() throws Exception {
        try (DrainingProxy proxy = start("4s")) {
            assertThat(proxy.sluice().announceStop("test")).isTrue();
            long announced = System.nanoTime();

            assertThat(proxy.sluice().stop("test")).isTrue();

            assertThat(System.nanoTime() - announced).isLessThan(3_900_000_000L);
            assertThat(proxy.lines(", begun by test")).hasSize(1);
        }
    }

    @Test
    void ledgerNamesWhoAnnouncedItAndWhatStoppedIt() throws Exception {
        try (DrainingProxy proxy = start("10ms")) {
            assertThat(proxy.sluice().announce()).isTrue();

            assertThat(proxy.sluice().stop("SIGTERM")).isTrue();

            assertThat(proxy.lines(", begun by SIGTERM, announced by Sluice.announce()"))
                    .hasSize(1);
            assertThat(proxy.lines("\"trigger\":\"SIGTERM, announced by Sluice.announce()\""))
                    .hasSize(1);
        }
    }

    @Test
    void announcementThatWasCancelledIsNotNamed() throws Exception {
        try (DrainingProxy proxy = start("0s")) {
            assertThat(proxy.sluice().announce()).isTrue();
            assertThat(proxy.sluice().cancelAnnouncement()).isTrue();

            assertThat(proxy.sluice().stop("SIGTERM")).isTrue();

            assertThat(proxy.lines("\"trigger\":\"SIGTERM\"")).hasSize(1);
        }
    }

    @Test
    void cutEndsTheAnnouncementToo() throws Exception {
        try (DrainingProxy proxy = start("1h")) {
            CompletableFuture<Boolean> stop =
                    CompletableFuture.supplyAsync(() -> proxy.sluice().stop());
            DrainingProxy.await("the announcement", () -> !proxy.sluice().isReady());

            proxy.sluice().cut();

            assertThat(stop.join()).isTrue();
        }
    }
}
