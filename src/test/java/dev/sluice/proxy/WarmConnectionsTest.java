package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.config.BackendConfig;
import dev.sluice.upstream.Backend;
import dev.sluice.upstream.Pool;
import dev.sluice.upstream.balance.RoundRobin;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.junit.jupiter.api.Test;

/** Connections are opened ahead of requests for as long as the server runs, whatever happens to one of them. */
class WarmConnectionsTest {
    /** Has a fault the first time that it is asked for a backend's connections. */
    private static final class Faulty implements Transport {
        private final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();

        @Override
        public Call send(BackendRequest request, Answer answer) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String name() {
            return "faulty";
        }

        @Override
        public CompletableFuture<Void> warm(Backend backend, int connections) {
            int before = asked.computeIfAbsent(backend.origin(), o -> new AtomicInteger())
                    .getAndIncrement();
            if (before == 0) throw new IllegalStateException("a fault");
            return CompletableFuture.completedFuture(null);
        }

        int asked(String origin) {
            return asked.getOrDefault(origin, new AtomicInteger()).get();
        }
    }

    @Test
    void faultWithOneBackendKeepsNoOtherNorALaterTurnFromBeingWarm() throws Exception {
        Pool pool = new Pool(
                "web",
                List.of(BackendConfig.parse("http://127.0.0.1:1"), BackendConfig.parse("http://127.0.0.1:2")),
                RoundRobin::new);
        Faulty transport = new Faulty();
        ScheduledExecutorScheduler scheduler = new ScheduledExecutorScheduler("test", true);
        scheduler.start();
        WarmConnections warm = new WarmConnections(Map.of(pool, new WarmConnections.Wanted(transport, 1)), scheduler);
        try {
            warm.begin();
            assertThat(transport.asked("http://127.0.0.1:1")).isEqualTo(1);
            assertThat(transport.asked("http://127.0.0.1:2")).isEqualTo(1);

            await().atMost(Duration.ofSeconds(10))
                    .until(() ->
                            transport.asked("http://127.0.0.1:1") > 2 && transport.asked("http://127.0.0.1:2") > 2);
        } finally {
            warm.end();
            scheduler.stop();
        }
    }
}
