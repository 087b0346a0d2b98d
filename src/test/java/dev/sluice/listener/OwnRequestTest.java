package dev.sluice.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.config.Cidr;
import dev.sluice.config.ListenerConfig;
import dev.sluice.config.TlsConfig;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A process that asks its own listeners for an answer. */
@Timeout(60)
class OwnRequestTest {
    private static final List<Cidr> HERE = List.of(Cidr.parse("127.0.0.1"));
    private static final List<Cidr> ELSEWHERE = List.of(Cidr.parse("192.0.2.0/24"));

    private final AtomicInteger asked = new AtomicInteger();

    private TestServer start(int status, ListenerConfig... listeners) throws Exception {
        TestServer server = TestServer.prepare(listeners);
        server.server.setHandler(new Handler.Abstract.NonBlocking() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                asked.incrementAndGet();
                assertThat(request.getMethod()).isEqualTo("OPTIONS");
                response.setStatus(status);
                response.write(true, null, callback);
                return true;
            }
        });
        return server;
    }

    private static ListenerConfig on(String name, int port, boolean tls, List<Cidr> announced) {
        return new ListenerConfig(name, "127.0.0.1", port, tls ? TlsConfig.generated() : null, announced);
    }

    @Test
    void eachListenerIsAskedOnceInItsOwnWay() throws Exception {
        try (TestServer server = start(
                        204,
                        on("plain", 0, false, List.of()),
                        on("tls", 0, true, List.of()),
                        on("announced", 0, false, HERE),
                        on("announced tls", 0, true, HERE),
                        on("announced by others", 0, true, ELSEWHERE))
                .start()) {
            server.listeners.ask();
            assertThat(asked).hasValue(5);
        }
    }

    @Test
    void itIsThisServerThatAnswersAndNotTheOneThatHasThePort() throws Exception {
        AtomicInteger others = new AtomicInteger();
        try (TestServer first = TestServer.prepare(on("http", 0, false, List.of()))) {
            first.server.setHandler(new Handler.Abstract.NonBlocking() {
                @Override
                public boolean handle(Request request, Response response, Callback callback) {
                    others.incrementAndGet();
                    callback.succeeded();
                    return true;
                }
            });
            first.start();
            try (TestServer second = start(204, on("http", first.port("http"), false, List.of()))) {
                second.listeners.openBeside();
                second.server.start();

                second.listeners.ask();

                assertThat(asked).hasValue(1);
                assertThat(others).hasValue(0);
            }
        }
    }

    @Test
    void listenerThatFailsIsNamed() throws Exception {
        try (TestServer server = start(503, on("http", 0, false, List.of()), on("https", 0, true, List.of()))
                .start()) {
            assertThatThrownBy(server.listeners::ask)
                    .isInstanceOf(ListenerException.class)
                    .hasMessage("listener http: does not answer: HTTP/1.1 503 Service Unavailable (expected: 204)");
        }
    }

    @Test
    void listenerThatEndsTheConnectionIsNamed() throws Exception {
        try (TestServer server = TestServer.prepare(on("http", 0, false, List.of()))) {
            server.server.setHandler(new Handler.Abstract.NonBlocking() {
                @Override
                public boolean handle(Request request, Response response, Callback callback) {
                    request.getConnectionMetaData()
                            .getConnection()
                            .getEndPoint()
                            .close();
                    callback.succeeded();
                    return true;
                }
            });
            server.start();
            assertThatThrownBy(server.listeners::ask)
                    .isInstanceOf(ListenerException.class)
                    .hasMessageStartingWith("listener http: does not answer: ");
        }
    }

    @Test
    void listenerThatWantsToKnowItsClientsIsNotAsked() throws Exception {
        try (TestServer server = start(204, on("https", 0, true, List.of()))) {
            ((SslContextFactory.Server) server.listeners.xmlIds().get("sslContextFactory")).setNeedClientAuth(true);
            server.start();
            server.listeners.ask();
            assertThat(asked).hasValue(0);
        }
    }
}
