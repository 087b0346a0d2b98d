package dev.sluice.drill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.SluiceConfig;
import dev.sluice.drill.DrillPlan.What;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Field;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What clients of a drill make of servers that do wrong: they repeat nothing, and tell it as it was. */
@Timeout(30)
class ClientsTest {
    private final FaultyOrigin origin = FaultyOrigin.start();
    private final Moments moments = new Moments(0, Duration.ofSeconds(60).toNanos());
    private final RequestLog log = new RequestLog(moments);

    @AfterEach
    void close() {
        origin.close();
    }

    private Client client(Kind kind) throws Exception {
        return client(kind, What.STOP, origin.port());
    }

    private Client client(Kind kind, What what, int port) throws Exception {
        SluiceConfig config = SluiceConfig.defaults();
        var plan = new DrillPlan(what, config, "test", true, List.of("/x"), 1, Duration.ofSeconds(1), 0);
        Pace pace = Pace.of(config, Duration.ZERO);
        Ground ground = new Ground(
                Map.of("http", port), log, moments, pace, plan, AnyCertificate.context(), new CountDownLatch(1));
        Lane lane = new Lane(0, "http", false, kind, false, 1);
        return Client.of(ground, lane, new Deeds(List.of("/x"), lane, pace, true));
    }

    private void stopBegins() {
        moments.stopBegins();
        moments.drainBegins();
    }

    @Test
    void connectionThatIsClosedWithoutAnAnswerIsALossAndNothingIsRepeated() throws Exception {
        origin.on("/x", (request, exchange) -> exchange.close());
        stopBegins();

        assertThat(client(Kind.KEPT).turn()).isTrue();

        assertThat(log.ended()).hasSize(1);
        assertThat(log.ended().get(0).outcome()).isEqualTo(Outcome.LOST);
        assertThat(log.ended().get(0))
                .hasToString("http, kept alive 1: GET /x, waiting for the answer: closed without an answer");
        assertThat(origin.requests()).hasSize(1);
    }

    @Test
    void answerThatBreaksOffIsALoss() throws Exception {
        origin.on("/x", (request, exchange) -> {
            exchange.startLength(200, 100);
            exchange.content("only this");
            exchange.close();
        });
        stopBegins();

        client(Kind.SHORT).turn();

        assertThat(log.ended().get(0).outcome()).isEqualTo(Outcome.LOST);
        assertThat(log.ended().get(0).phase()).isEqualTo(Phase.RECEIVING);
        assertThat(log.ended().get(0).how()).isEqualTo("closed after 9 bytes of the body");
        assertThat(log.ended().get(0).received()).isEqualTo(9);
    }

    @Test
    void whatFailsBeforeTheStopIsNoLossOfIt() throws Exception {
        origin.on("/x", (request, exchange) -> exchange.close());

        client(Kind.KEPT).turn();

        assertThat(log.tally().of(Outcome.FAILED_BEFORE)).isOne();
        assertThat(log.tally().lost()).isZero();
    }

    @Test
    void clientThatIsToldToCloseComesBackOnAnotherConnection() throws Exception {
        origin.on("/x", (request, exchange) -> exchange.answer(200, "x", Field.of("Connection", "close")));
        stopBegins();
        Client client = client(Kind.KEPT);

        client.turn();
        client.turn();

        assertThat(log.tally().of(Outcome.TOLD_TO_CLOSE)).isEqualTo(2);
        assertThat(origin.acceptedConnections()).isEqualTo(2);
    }

    @Test
    void keptConnectionIsUsedAgain() throws Exception {
        Client client = client(Kind.KEPT);

        client.turn();
        client.turn();

        assertThat(log.tally().of(Outcome.FINISHED)).isEqualTo(2);
        assertThat(origin.acceptedConnections()).isOne();
    }

    @Test
    void connectionThatIsFoundClosedBetweenTwoRequestsIsLeftAndCounted() throws Exception {
        origin.on("/x", (request, exchange) -> {
            exchange.answer(200, "x");
            exchange.closeAfter();
        });
        stopBegins();
        Client client = client(Kind.KEPT);

        client.turn();
        Awaitility.await().until(() -> origin.openConnections() == 0);
        client.turn();

        assertThat(log.tally().lost()).isZero();
        assertThat(log.tally().of(Outcome.FINISHED)).isEqualTo(2);
        assertThat(log.tally().closedIdle()).isOne();
    }

    @Test
    void refusedConnectionEndsAClientOfAStop() throws Exception {
        origin.close();
        stopBegins();

        assertThat(client(Kind.SHORT, What.STOP, origin.port()).turn()).isFalse();

        assertThat(log.ended()).isEmpty();
    }

    @Test
    void refusedConnectionIsALossOfARestart() throws Exception {
        origin.close();
        stopBegins();

        assertThat(client(Kind.SHORT, What.RESTART, origin.port()).turn()).isTrue();

        assertThat(log.tally().of(Outcome.LOST)).isOne();
        assertThat(log.tally().sent()).isZero();
        assertThat(log.ended().get(0).phase()).isEqualTo(Phase.CONNECTING);
    }

    @Test
    void whatSluiceSaysInThePlaceOfABackendIsNoAnswer() throws Exception {
        origin.on(
                "/x",
                (request, exchange) ->
                        exchange.answer(503, "", Field.of("Proxy-Status", "Sluice; error=connection_limit_reached")));
        stopBegins();

        client(Kind.KEPT).turn();

        assertThat(log.ended().get(0).how()).startsWith("status 503 (Proxy-Status: Sluice; error=");
        assertThat(log.tally().of(Outcome.LOST)).isOne();
    }
}
