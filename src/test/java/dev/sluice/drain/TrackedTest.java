package dev.sluice.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.RawClient;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How a drain asks an exchange for its early end, whatever the exchange is. */
@Timeout(60)
class TrackedTest {
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicReference<@Nullable Callback> goesOn = new AtomicReference<>();

    /** What it says, one after the other. */
    private DrainSummary drain(Optional<?>... answers) throws Exception {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        DrainHandler drain = new DrainHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                Supplier<?> end = () -> {
                    Optional<?> answer = answers[asked.getAndIncrement()];
                    if (answer.equals(Optional.of(true))) callback.succeeded(); // As it may, before it has said so.
                    if (answer.equals(Optional.of(false))) goesOn.set(callback);
                    return answer;
                };
                request.setAttribute("dev.sluice.early", Map.of("after", Duration.ZERO, "end", end));
                return true;
            }
        });
        drain.setDeadlineMillis(20_000);
        server.setHandler(drain);
        server.setStopTimeout(20_000);
        server.start();
        try (RawClient client = RawClient.plain(connector.getLocalPort())) {
            client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            DrainingProxy.await("the exchange", () -> drain.live() == 1);
            CompletableFuture<Void> stopped = drain.shutdown();
            DrainingProxy.await(
                    "its answer", () -> drain.live() == 0 || (goesOn.get() != null && !isEndingEarly(drain)));
            Callback left = goesOn.get();
            if (left != null) left.succeeded();
            client.readResponse();
            stopped.get(20, TimeUnit.SECONDS);
        } finally {
            server.stop();
        }
        return drain.summary();
    }

    private static boolean isEndingEarly(DrainHandler drain) {
        for (Tracked exchange : drain.exchanges()) if (exchange.isEndedEarly()) return true;
        return false;
    }

    @Test
    void whatCannotTellYetIsAskedAgain() throws Exception {
        DrainSummary summary = drain(Optional.empty(), Optional.empty(), Optional.of(true));

        assertThat(asked).hasValue(3);
        assertThat(summary.endedEarly()).isOne();
    }

    @Test
    void whatSaysThatItCannotIsNotCounted() throws Exception {
        DrainSummary summary = drain(Optional.empty(), Optional.of(false));

        assertThat(asked).hasValue(2);
        assertThat(summary.endedEarly()).isZero();
        assertThat(summary.finished()).isOne();
    }
}
