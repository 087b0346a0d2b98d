package dev.sluice.drain;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestExchange;
import dev.sluice.testkit.TestRequest;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a drain would come to that began now. */
@Timeout(60)
class DrainPlanTest {
    private static final Duration LINGER = Duration.ofMillis(100);
    private static final Duration DEADLINE = Duration.ofSeconds(3);

    private final FaultyOrigin origin = FaultyOrigin.start();

    @AfterEach
    void closeOrigin() {
        origin.close();
    }

    /** So that the route is known to answer within milliseconds. */
    private static void learn(TestClient client) throws Exception {
        for (int i = 0; i < 30; i++)
            assertThat(client.send(TestRequest.get("/quick")).status()).isEqualTo(200);
    }

    @Test
    void idleServerWouldCloseItsIdleConnectionsAfterTheLinger() throws Exception {
        try (DrainingProxy proxy = DrainingProxy.start(origin, LINGER, DEADLINE);
                RawClient idle = proxy.connectRaw()) {
            DrainingProxy.await("the connection", () -> proxy.openConnections() == 1);

            DrainPlan plan = proxy.sluice().plan();

            assertThat(plan)
                    .isEqualTo(new DrainPlan(DEADLINE, Duration.ZERO, LINGER, 0, 0, 0, 0, 1, java.util.List.of()));
            assertThat(plan.inWords()).isEqualTo("""
                    If the drain began now: 0 exchanges under way; 1 idle connection would be closed.
                    It would take about 100 ms (deadline 3 s).
                    """);
            assertThat(idle.socket().isClosed()).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource(ClientProtocol.class)
    void exchangeOlderThanAnyOfItsRouteWouldBeCut(ClientProtocol protocol) throws Exception {
        origin.on("/stuck", (request, exchange) -> exchange.awaitAbort());
        try (DrainingProxy proxy = DrainingProxy.start(origin, LINGER, DEADLINE);
                TestClient client = proxy.connect(protocol);
                TestClient quick = proxy.connect(protocol)) {
            learn(quick);
            client.open(TestRequest.get("/stuck?secret"));
            origin.awaitRequest("/stuck");

            DrainingProxy.await("the verdict", () -> proxy.sluice().plan().cut() == 1);

            DrainPlan plan = proxy.sluice().plan();
            assertThat(plan.underWay()).isEqualTo(1);
            assertThat(plan.finish()).isZero();
            assertThat(plan.takes()).isEqualTo(DEADLINE);
            assertThat(plan.inWords())
                    .contains("1 exchange under way, of which 0 would finish, 1 would be cut; ")
                    .contains("It would take up to 3 s (deadline 3 s).")
                    .containsPattern("  GET /stuck, client 127\\.0\\.0\\.1:\\d+, route default, backend " + origin.url()
                            + ", waiting for \\d")
                    .doesNotContain("secret");
            JsonNode json = new ObjectMapper().readTree(plan.json());
            assertThat(json.path("cut").asInt()).isEqualTo(1);
            assertThat(json.path("atRisk").get(0).path("path").asText()).isEqualTo("/stuck");
            assertThat(json.path("atRisk").get(0).path("chance").asDouble(-1)).isBetween(0.0, 0.5);
        }
    }

    @Test
    void nobodyCanTellOfARouteThatHasServedNothing() throws Exception {
        origin.on("/first", (request, exchange) -> exchange.awaitAbort());
        try (DrainingProxy proxy = DrainingProxy.start(origin, LINGER, DEADLINE);
                TestClient client = proxy.connect(ClientProtocol.HTTP11)) {
            client.open(TestRequest.get("/first"));
            origin.awaitRequest("/first");

            DrainPlan plan = proxy.sluice().plan();

            assertThat(plan.unknown()).isEqualTo(1);
            assertThat(plan.inWords())
                    .contains("0 would finish, 0 would be cut, 1 nobody can tell")
                    .contains("(too few have ended on this route to judge by)");
            assertThat(new ObjectMapper()
                            .readTree(plan.json())
                            .path("atRisk")
                            .get(0)
                            .has("chance"))
                    .isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource(ClientProtocol.class)
    void downloadIsJudgedByItsPaceAndLength(ClientProtocol protocol) throws Exception {
        origin.on("/almost", (request, exchange) -> {
            exchange.startLength(200, 1001);
            exchange.content(new byte[1000]);
            exchange.awaitAbort();
        });
        try (DrainingProxy proxy = DrainingProxy.start(origin, LINGER, DEADLINE);
                TestClient client = proxy.connect(protocol)) {
            TestExchange download = client.open(TestRequest.get("/almost"));
            download.awaitBody(1000);

            DrainPlan plan = proxy.sluice().plan();

            assertThat(plan.finish()).isEqualTo(1);
            assertThat(plan.takes()).isLessThan(DEADLINE);
        }
    }
}
