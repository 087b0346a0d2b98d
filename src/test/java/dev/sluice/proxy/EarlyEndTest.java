package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.UpstreamConfig.Transport;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.RawClient;
import dev.sluice.upstream.Backend;
import dev.sluice.upstream.BalancingPolicy;
import dev.sluice.upstream.balance.RoundRobin;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What an exchange says when a drain asks it to end early in the middle of something. */
@Timeout(60)
class EarlyEndTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration SECOND = Duration.ofSeconds(1);

    /** One backend has said that it is overloaded, and the other one has not been asked yet. */
    @ParameterizedTest
    @EnumSource
    void whoIsAskedBetweenTwoTriesAnswersLater(Transport transport) throws Exception {
        Gate reached = new Gate();
        Gate gate = new Gate();
        try (FaultyOrigin overloaded =
                        FaultyOrigin.start().otherwise((request, exchange) -> exchange.answer(503, "not now"));
                FaultyOrigin slow = FaultyOrigin.start().otherwise((request, exchange) -> exchange.awaitAbort());
                ProxyRig rig = new ProxyRig(
                        List.of(ProxyRig.route("default", null, overloaded.url(), slow.url())
                                .withDrain(SECOND)),
                        ProxyRig.upstream(transport, 10, SECOND, SECOND),
                        LONG,
                        heldAtTheSecond(reached, gate));
                RawClient client = RawClient.plain(rig.port())) {
            client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
            reached.pass();

            assertThat(end(rig)).as("between two tries").isEqualTo(Optional.empty());
            gate.open();
            slow.awaitRequest("/x");

            assertThat(end(rig)).as("while it waits").isEqualTo(Optional.of(true));
            assertThat(client.readResponse().field("Retry-After")).isEqualTo("1");
            await().until(() -> rig.outstanding() == 0);
        }
    }

    private static Optional<?> end(ProxyRig rig) {
        Map<?, ?> early = (Map<?, ?>) rig.latest().getAttribute(ReverseProxy.EARLY_ATTRIBUTE);
        return (Optional<?>) ((Supplier<?>) early.get("end")).get();
    }

    private static Function<List<Backend>, BalancingPolicy> heldAtTheSecond(Gate reached, Gate gate) {
        return backends -> {
            RoundRobin plain = new RoundRobin(backends);
            AtomicInteger at = new AtomicInteger();
            return call -> {
                if (at.incrementAndGet() == 2) {
                    reached.open();
                    gate.pass();
                }
                return plain.pick(call);
            };
        };
    }
}
