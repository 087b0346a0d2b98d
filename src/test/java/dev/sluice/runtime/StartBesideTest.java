package dev.sluice.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.sluice.listener.ListenerException;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.RawClient;
import java.util.List;
import java.util.function.Supplier;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A proxy that starts on the port of another one of this process. */
@Timeout(60)
class StartBesideTest {
    private final FaultyOrigin origin = FaultyOrigin.start();

    @BeforeEach
    void onlyLinuxKnowsThis() {
        assumeThat(System.getProperty("os.name")).isEqualTo("Linux");
    }

    @AfterEach
    void closeOrigin() {
        origin.close();
    }

    private Sluice proxy(int port) {
        return Sluice.builder()
                .listen("127.0.0.1:" + port)
                .fallback(origin.url())
                .build();
    }

    private static int ask(Sluice proxy) throws Exception {
        try (RawClient client = RawClient.plain(proxy.port("http"))) {
            return client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                    .readResponse()
                    .status();
        }
    }

    @Test
    void itAsksItselfAndNoBackend() throws Exception {
        try (Sluice first = proxy(0).start();
                Sluice second = proxy(first.port("http"))) {
            second.startBeside(new Anybody());
            assertThat(origin.requests()).isEmpty();
            assertThat(second.server().isStarted()).isTrue();
        }
    }

    @Test
    void whenItDoesNotAnswerItEndsAndTheOtherOneGoesOn() throws Exception {
        try (Sluice first = proxy(0).start();
                Sluice second = proxy(first.port("http"))) {
            second.server().insertHandler(new Failing());

            assertThatThrownBy(() -> second.startBeside(new Anybody()))
                    .isInstanceOf(ListenerException.class)
                    .hasMessageContaining("listener http: does not answer: HTTP/1.1 500");

            assertThat(second.server().isStopped()).isTrue();
            assertThat(first.succeeded()).isEmpty();
            assertThat(ask(first)).isEqualTo(200);
        }
    }

    /** As a class that is missing, because a jar was replaced, makes it. */
    private static final class Failing extends Handler.Wrapper {
        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            throw new NoClassDefFoundError("dev/sluice/proxy/Exchange");
        }
    }

    private static final class Anybody implements Takeover {
        @Override
        public boolean allows(List<HeldAddress> held) {
            return true;
        }

        @Override
        public void awaitBackends(Supplier<List<String>> lacking) {
            assertThat(lacking.get()).isEmpty();
        }
    }
}
