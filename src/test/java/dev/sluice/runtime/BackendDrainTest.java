package dev.sluice.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.PoolConfig;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.RawClient;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Backends that are taken out of use while all runs, over real sockets. */
class BackendDrainTest {
    private static Set<String> who(Sluice sluice) throws IOException {
        Set<String> answered = new TreeSet<>();
        try (RawClient client = RawClient.plain(sluice.port("http"))) {
            for (int i = 0; i < 10; i++) {
                client.send("GET /x HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
                answered.add(client.readResponse().text());
            }
        }
        return answered;
    }

    @Test
    void drainedBackendFinishesWhatItHasAndGetsNothingNewUntilItIsBack() throws Exception {
        Gate gate = new Gate();
        try (FaultyOrigin a = FaultyOrigin.start("a").otherwise((request, exchange) -> exchange.answer(200, "a"));
                FaultyOrigin b = FaultyOrigin.start("b").otherwise((request, exchange) -> exchange.answer(200, "b"));
                Sluice sluice = Sluice.builder()
                        .listen("127.0.0.1:0")
                        .fallback(PoolConfig.of(
                                "web", List.of(BackendConfig.parse(a.url()), BackendConfig.parse(b.url()))))
                        .build()
                        .start();
                RawClient held = RawClient.plain(sluice.port("http"))) {
            for (FaultyOrigin origin : List.of(a, b))
                origin.on("/held", (request, exchange) -> {
                    gate.pass();
                    exchange.answer(200, "held");
                });
            held.send("GET /held HTTP/1.1\r\nHost: sluice.test\r\n\r\n");
            a.awaitRequest("/held");
            sluice.drainBackend("web", a.url());
            assertThat(who(sluice)).containsExactly("b");
            gate.open();
            assertThat(held.readResponse().text()).isEqualTo("held");
            sluice.resumeBackend("web", a.url());
            assertThat(who(sluice)).containsExactly("a", "b");
        }
    }

    @Test
    void backendThatThereIsNotIsNamedWithThoseThatThereAre() throws Exception {
        try (Sluice sluice = Sluice.builder()
                .listen("127.0.0.1:0")
                .fallback(PoolConfig.of("web", List.of(BackendConfig.parse("http://127.0.0.1:9"))))
                .build()
                .start()) {
            assertThatThrownBy(() -> sluice.drainBackend("web", "http://127.0.0.1:8"))
                    .hasMessage(
                            "pool web, backend http://127.0.0.1:8: unknown (expected one of: [http://127.0.0.1:9])");
        }
    }
}
