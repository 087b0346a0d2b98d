package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.PoolConfig;
import dev.sluice.config.ServerConfig;
import dev.sluice.config.UpstreamConfig;
import dev.sluice.upstream.Backend;
import dev.sluice.upstream.Pool;
import dev.sluice.upstream.balance.RoundRobin;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.ByteArrayEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A backend may have answered a request for another protocol before the thread that has sent the request gets on. It happens
 * here in the middle of the write, on the same thread.
 */
class EarlySwitchTest {
    private static final String SWITCHED = "HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\n";

    private final ScheduledExecutorScheduler scheduler = new ScheduledExecutorScheduler();
    private final List<String> events = new ArrayList<>();
    private final Backend backend = Pool.all(
                    List.of(PoolConfig.of("default", List.of(BackendConfig.parse("http://127.0.0.1:1")))),
                    balance -> RoundRobin::new)
            .get(0)
            .backends()
            .get(0);
    private boolean closes;

    private final ByteArrayEndPoint endPoint = new ByteArrayEndPoint() {
        private boolean answered;

        @Override
        public boolean flush(ByteBuffer... buffers) throws IOException {
            boolean all = super.flush(buffers);
            if (!answered) {
                answered = true;
                addInput(SWITCHED);
                if (closes) close();
            }
            return all;
        }
    };

    private final Transport.Answer answer = new Transport.Answer() {
        @Override
        public void connected(boolean reused) {
            events.add("connected");
        }

        @Override
        public void sentSome() {
            events.add("sent some");
        }

        @Override
        public void sentAll() {
            events.add("sent");
        }

        @Override
        public void interim(int status, HttpFields headers) {
            events.add("interim " + status);
        }

        @Override
        public void began(
                int status,
                HttpFields headers,
                Content.Source content,
                @Nullable Supplier<@Nullable HttpFields> trailers) {
            events.add("began " + status);
        }

        @Override
        public void switched(HttpFields headers, EndPoint on) {
            events.add("switched");
            assertThatCode(() -> on.write(Callback.NOOP, BufferUtil.toBuffer("first")))
                    .doesNotThrowAnyException();
        }

        @Override
        public void ended(@Nullable ProxyFailure failure) {
            events.add("ended " + (failure == null ? "well" : failure.kind()));
        }
    };

    @BeforeEach
    void startScheduler() throws Exception {
        scheduler.start();
    }

    @AfterEach
    void stopScheduler() throws Exception {
        scheduler.stop();
    }

    private final class Here implements Dialer {
        @Override
        public Object loopOf(EndPoint client) {
            return this;
        }

        @Override
        public List<Object> loops() {
            return List.of(this);
        }

        @Override
        public void dial(
                SocketAddress address,
                Object loop,
                Function<EndPoint, Connection> connections,
                Promise<Connection> opened) {
            Connection connection = connections.apply(endPoint);
            endPoint.setConnection(connection);
            endPoint.onOpen();
            connection.onOpen();
            opened.succeeded(connection);
        }
    }

    private void send() {
        DirectTransport transport = new DirectTransport(new DirectTransport.Parts(
                new Here(),
                UpstreamConfig.defaults(),
                ServerConfig.defaults(),
                new ArrayByteBufferPool(),
                Runnable::run,
                scheduler));
        Upgrade upgrade = new Upgrade(List.of("echo/1"), null);
        HttpFields.Mutable headers = HttpFields.build().add("Host", "a");
        upgrade.ask(headers);
        transport.send(
                new Transport.BackendRequest(backend, "GET", "/up", headers, null, upgrade, false, endPoint), answer);
    }

    @Test
    void connectionIsGivenAwayOnlyWhenTheRequestHasLeftIt() {
        send();
        assertThat(events).containsExactly("connected", "sent", "switched");
        assertThat(endPoint.getOutputString()).startsWith("GET /up").endsWith("first");
    }

    @Test
    void connectionThatEndsInTheMeantimeIsGivenToNobody() {
        closes = true;
        send();
        assertThat(events).containsExactly("connected", "ended CLOSED");
        assertThat(endPoint.isOpen()).isFalse();
    }
}
