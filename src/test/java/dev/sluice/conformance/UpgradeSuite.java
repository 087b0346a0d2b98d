package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.BodySum;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.TestHead;
import dev.sluice.testkit.TestResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that change their protocol (RFC 9110 §7.8). */
abstract class UpgradeSuite extends ConformanceSuite {
    private static final String ASKS =
            "GET /up HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: echo/1\r\n\r\n";
    private static final Field CONNECTION = Field.of("Connection", "Upgrade");
    private static final Field UPGRADE = Field.of("Upgrade", "echo/1");
    /** More than all buffers on the way hold. */
    private static final long MUCH = 64L << 20;

    UpgradeSuite(ProxyVariant variant) {
        super(variant);
    }

    private void originEchoes() {
        origin.on("/up", (request, exchange) -> {
            exchange.start(101, CONNECTION, UPGRADE);
            exchange.echoRaw();
        });
    }

    private RawClient client(boolean tls) throws IOException {
        return tls ? RawClient.tls(proxy().tlsPort()) : raw();
    }

    private static void readSwitch(RawClient client) throws IOException {
        TestHead head = client.readHead();
        assertThat(head.status()).isEqualTo(101);
        assertThat(head.field("Upgrade")).isEqualTo("echo/1");
        assertThat(head.field("Connection")).isEqualToIgnoringCase("upgrade");
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void bytesPassBothWaysOnceTheBackendHasSwitched(boolean tls) throws IOException {
        originEchoes();
        try (RawClient client = client(tls)) {
            client.send(ASKS);
            readSwitch(client);
            for (int i = 0; i < 100; i++) {
                client.send("message " + i);
                String expected = "message " + i;
                assertThat(text(client.readBytes(expected.length()))).isEqualTo(expected);
            }
        }
        assertThat(origin.requests("/up").get(0).field("Upgrade")).isEqualTo("echo/1");
        assertThat(origin.requests("/up").get(0).field("Connection")).isEqualTo("Upgrade");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void bytesThatFollowTheSwitchAtOnceAreKept(boolean tls) throws IOException {
        origin.on("/up", (request, exchange) -> {
            exchange.raw("HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\nfirst words");
            exchange.echoRaw();
        });
        try (RawClient client = client(tls)) {
            client.send(ASKS);
            readSwitch(client);
            assertThat(text(client.readBytes(11))).isEqualTo("first words");
            client.send("mine");
            assertThat(text(client.readBytes(4))).isEqualTo("mine");
        }
    }

    @Test
    void bytesThatTheClientSendsWithoutWaitingAreKept() throws IOException {
        originEchoes();
        try (RawClient client = raw()) {
            client.send(ASKS + "eager");
            readSwitch(client);
            assertThat(text(client.readBytes(5))).isEqualTo("eager");
        }
    }

    @Test
    void refusalIsPassedOnAndTheConnectionGoesOn() throws IOException {
        origin.on("/up", (request, exchange) -> exchange.answer(403, "not you"));
        origin.on("/next", (request, exchange) -> exchange.answer(200, "next"));
        try (RawClient client = raw()) {
            TestResponse refused = client.send(ASKS).readResponse();
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.text()).isEqualTo("not you");
            assertThat(client.send("GET /next HTTP/1.1\r\nHost: h\r\n\r\n")
                            .readResponse()
                            .text())
                    .isEqualTo("next");
        }
        assertThat(origin.requests("/next").get(0).connection())
                .as("not on the connection on which the backend might expect something else")
                .isNotEqualTo(origin.requests("/up").get(0).connection());
    }

    @ParameterizedTest
    @ValueSource(strings = {"Upgrade: other", "Upgrade: echo/1, other", "X-Nothing: 1"})
    void switchToWhatWasNotAskedForIsABadGateway(String field) throws IOException {
        origin.on(
                "/up",
                (request, exchange) ->
                        exchange.raw("HTTP/1.1 101 S\r\nConnection: Upgrade\r\n" + field + "\r\n\r\nsecret"));
        TestResponse response = raw("GET", ASKS);
        assertThat(response.status()).isEqualTo(502);
        assertThat(response.text()).doesNotContain("secret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: HTTP/2.0\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA",
                "Connection: Upgrade\r\nUpgrade: TLS/1.2",
                "Connection: Upgrade\r\nUpgrade: h2c-14",
                "Connection: Upgrade\r\nUpgrade: \"foo, h2c\""
            })
    void whatWouldCarryRequestsPastTheProxyIsNotPassedOn(String fields) throws IOException {
        origin.on("/up", (request, exchange) -> exchange.answer(200, "plain"));
        TestResponse response = raw("GET", "GET /up HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n\r\n");
        assertThat(response.text()).isEqualTo("plain");
        assertThat(names(origin.requests("/up").get(0).fields())).doesNotContain("upgrade", "connection");
    }

    @Test
    void requestWithABodyIsServedWithoutAnUpgrade() throws IOException {
        origin.on("/up", (request, exchange) -> exchange.answer(200, exchange.readBody()));
        String request = "POST /up HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n"
                + "Content-Length: 4\r\n\r\nbody";
        assertThat(raw("POST", request).text()).isEqualTo("body");
        assertThat(names(origin.requests("/up").get(0).fields())).doesNotContain("upgrade");
    }

    @Test
    void halfThatTheClientEndsIsEndedTowardsTheBackend() throws IOException {
        origin.on("/up", (request, exchange) -> {
            exchange.start(101, CONNECTION, UPGRADE);
            String all = exchange.readRawToEnd();
            exchange.raw("got " + all);
            exchange.close();
        });
        try (RawClient client = raw()) {
            client.send(ASKS);
            readSwitch(client);
            client.send("everything").halfClose();
            assertThat(client.readToEnd()).isEqualTo("got everything");
        }
    }

    @Test
    void halfThatTheBackendEndsIsEndedTowardsTheClient() throws IOException {
        AtomicReference<String> received = new AtomicReference<>();
        origin.on("/up", (request, exchange) -> {
            exchange.start(101, CONNECTION, UPGRADE);
            exchange.raw("bye");
            exchange.halfClose();
            received.set(exchange.readRawToEnd());
        });
        try (RawClient client = raw()) {
            client.send(ASKS);
            readSwitch(client);
            assertThat(client.readToEnd()).isEqualTo("bye");
            client.send("last words");
        }
        await().untilAsserted(() -> assertThat(received.get()).isEqualTo("last words"));
    }

    @Test
    void clientThatBreaksOffEndsTheBackendsConnection() throws IOException {
        AtomicReference<String> received = new AtomicReference<>();
        origin.on("/up", (request, exchange) -> {
            exchange.start(101, CONNECTION, UPGRADE);
            received.set(exchange.readRawToEnd());
        });
        try (RawClient client = raw()) {
            client.send(ASKS);
            readSwitch(client);
            client.reset();
        }
        await().untilAsserted(() -> assertThat(received.get()).isEmpty());
    }

    @Test
    void backendThatBreaksOffEndsTheClientsConnection() throws IOException {
        origin.on("/up", (request, exchange) -> {
            exchange.start(101, CONNECTION, UPGRADE);
            exchange.readRaw(1);
            exchange.reset();
        });
        try (RawClient client = raw()) {
            client.send(ASKS);
            readSwitch(client);
            client.send("x");
            assertThat(client.readToEnd()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void backendIsHeldBackWhileTheClientDoesNotRead(boolean tls) throws IOException {
        AtomicLong sent = new AtomicLong();
        origin.on("/up", (request, exchange) -> {
            exchange.start(101, CONNECTION, UPGRADE);
            exchange.generate(MUCH, sent::set);
            exchange.close();
        });
        try (RawClient client = client(tls)) {
            client.send(ASKS);
            readSwitch(client);
            AtomicLong before = new AtomicLong(-1);
            await().until(() -> sent.get() > 0 && before.getAndSet(sent.get()) == sent.get());
            assertThat(sent.get()).isLessThan(MUCH / 2);
            BodySum.Running sum = new BodySum.Running();
            byte[] piece = new byte[65_536];
            for (long left = MUCH; left > 0; ) {
                byte[] bytes = client.readBytes((int) Math.min(piece.length, left));
                sum.add(bytes, 0, bytes.length);
                left -= bytes.length;
            }
            assertThat(sum.sum()).isEqualTo(BodySum.ofPattern(MUCH));
        }
    }
}
