package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.UpstreamConfig;
import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How connections to backends begin, and how they end when nobody needs them. */
abstract class KeepAliveSuite extends ConformanceSuite {
    private static final Duration KEPT = Duration.ofMillis(200);

    private static final UpstreamConfig SHORT = new UpstreamConfig(
            Duration.ofSeconds(2),
            Duration.ofSeconds(10),
            Duration.ofSeconds(10),
            null,
            KEPT,
            256,
            1024,
            Duration.ofSeconds(5));

    /** Accepts nothing: once its queue is full the kernel drops what would open another connection. */
    private final ServerSocket deaf = listen();

    private final List<Socket> queue = new ArrayList<>();

    KeepAliveSuite(ProxyVariant variant) {
        super(variant);
    }

    private static ServerSocket listen() {
        try {
            return new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    ProxySetup setup() {
        return ProxySetup.none()
                .route("/deaf", "http://127.0.0.1:" + deaf.getLocalPort())
                .route(null, origin.url())
                .upstream(SHORT);
    }

    @AfterAll
    void closeDeaf() throws IOException {
        for (Socket socket : queue) socket.close();
        deaf.close();
    }

    @ParameterizedTest
    @EnumSource
    void connectionThatNobodyUsesIsClosedInTime(ClientProtocol protocol) throws IOException {
        assertThat(send(protocol, TestRequest.get("/one")).status()).isEqualTo(200);
        int connection = origin.requests("/one").get(0).connection();
        origin.awaitClosed(connection);
        assertThat(send(protocol, TestRequest.get("/two")).status()).isEqualTo(200);
        assertThat(origin.requests("/two").get(0).connection()).isNotEqualTo(connection);
    }

    @ParameterizedTest
    @EnumSource
    void connectionThatWaitsForAnAnswerIsNotIdle(ClientProtocol protocol) throws IOException {
        origin.on("/slow", (request, exchange) -> {
            letPass(KEPT.multipliedBy(3));
            exchange.answer(200, "slow");
        });
        assertThat(send(protocol, TestRequest.get("/slow")).text()).isEqualTo("slow");
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP11", "H2"})
    void connectionWhoseClientDoesNotReadIsNotIdle(ClientProtocol protocol) throws IOException {
        long size = 20_000_000;
        origin.on("/down", (request, exchange) -> {
            exchange.startLength(200, size);
            exchange.generate(size);
        });
        try (TestClient client = protocol.connect(proxy())) {
            var exchange = client.open(TestRequest.get("/down"));
            exchange.awaitHead();
            letPass(KEPT.multipliedBy(3));
            assertThat(exchange.sumBody().size()).isEqualTo(size);
        }
    }

    @Test
    void backendThatTakesNoConnectionIsAGatewayTimeout() throws IOException {
        fillQueue();
        overEach(
                ClientProtocol.values(),
                protocol -> FailuresSuite.assertFailure(send(protocol, TestRequest.get("/deaf")), 504, origin));
    }

    private void fillQueue() throws IOException {
        while (queue.size() < 50) {
            Socket socket = new Socket();
            queue.add(socket);
            try {
                socket.connect(new InetSocketAddress(deaf.getInetAddress(), deaf.getLocalPort()), 100);
            } catch (SocketTimeoutException e) {
                return; // Full.
            }
        }
        throw new IllegalStateException("queue: takes more than 50 connections (expected: 1 or 2)");
    }

    /** Time itself is what this is about. */
    private static void letPass(Duration time) {
        new Gate().pass(time);
    }
}
