package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.Field;
import dev.sluice.testkit.FreePort;
import dev.sluice.testkit.GrpcPeer;
import dev.sluice.testkit.GrpcPeer.Conversation;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.TestRequest;
import dev.sluice.testkit.TestResponse;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** gRPC between a client and a server of grpc-java. */
@Timeout(60)
abstract class GrpcSuite extends ConformanceSuite {
    private static final CallOptions PLAIN = CallOptions.DEFAULT;

    private final GrpcPeer server = GrpcPeer.start("test.Echo");
    private final GrpcPeer mortal = GrpcPeer.start("mortal.Echo");
    private final GrpcPeer restarting = GrpcPeer.start("restarting.Echo");

    GrpcSuite(ProxyVariant variant) {
        super(variant);
    }

    @Override
    ProxySetup setup() {
        return ProxySetup.none()
                .route("/test.Echo", server.url())
                .route("/mortal.Echo", mortal.url())
                .route("/restarting.Echo", restarting.url())
                .route("/down.Echo", "h2c://127.0.0.1:" + FreePort.next())
                .route("/web.Echo", origin.url());
    }

    @BeforeEach
    void forgetCalls() {
        server.forget();
    }

    @AfterAll
    void stopServers() {
        server.close();
        mortal.close();
        restarting.close();
    }

    /** A channel that ends with its test. */
    private final class Client implements AutoCloseable {
        private final ManagedChannel channel;

        Client(boolean tls) {
            channel = GrpcPeer.channel(proxy(), tls);
        }

        String call(MethodDescriptor<String, String> method, CallOptions options, String message) {
            return ClientCalls.blockingUnaryCall(channel, method, options, message);
        }

        Status failure(MethodDescriptor<String, String> method, CallOptions options) {
            return catchThrowableOfType(StatusRuntimeException.class, () -> call(method, options, "x"))
                    .getStatus();
        }

        Conversation converse(MethodDescriptor<String, String> method) {
            return new Conversation(channel, method, PLAIN);
        }

        @Override
        public void close() {
            channel.shutdownNow();
        }
    }

    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void everyKindOfCallReachesTheServer(boolean tls) {
        try (Client client = new Client(tls)) {
            assertThat(client.call(GrpcPeer.UNARY, PLAIN, "hello")).isEqualTo("hello");

            Conversation joined = client.converse(GrpcPeer.JOIN);
            for (String message : List.of("a", "b", "c")) joined.send(message);
            joined.complete();
            assertThat(joined.awaitMessages(1)).containsExactly("a,b,c");
            assertThat(joined.awaitEnd().isOk()).isTrue();

            List<String> counted = new ArrayList<>();
            ClientCalls.blockingServerStreamingCall(client.channel, GrpcPeer.COUNT, PLAIN, "1000")
                    .forEachRemaining(counted::add);
            assertThat(counted).hasSize(1000).endsWith("message 999");
        }
    }

    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void eachMessageOfAConversationPassesBeforeTheNextIsSent(boolean tls) {
        try (Client client = new Client(tls)) {
            Conversation chat = client.converse(GrpcPeer.CHAT);
            for (int i = 0; i < 200; i++) {
                chat.send("message " + i);
                assertThat(chat.awaitMessages(i + 1)).last().isEqualTo("message " + i);
            }
            chat.complete();
            assertThat(chat.awaitEnd().isOk()).isTrue();
        }
    }

    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void largeMessagesArriveWhole(boolean tls) {
        String large = "0123456789abcdef".repeat(512 * 1024);
        try (Client client = new Client(tls)) {
            assertThat(client.call(GrpcPeer.UNARY, PLAIN, large)).isEqualTo(large);
        }
    }

    @Test
    void statusAndDetailsOfAnErrorAreTheServersOwn() {
        try (Client client = new Client(false)) {
            StatusRuntimeException error =
                    catchThrowableOfType(StatusRuntimeException.class, () -> client.call(GrpcPeer.FAIL, PLAIN, "x"));
            assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
            assertThat(error.getStatus().getDescription()).isEqualTo("no such thing");
            assertThat(error.getTrailers()).isNotNull();
            assertThat(error.getTrailers().get(GrpcPeer.DETAIL)).isEqualTo("nothing there");
        }
    }

    @Test
    void deadlineReachesTheServerAndEndsTheCallThere() {
        try (Client client = new Client(false)) {
            client.call(GrpcPeer.UNARY, PLAIN.withDeadlineAfter(30, TimeUnit.SECONDS), "x");
            server.await("deadline");

            Status status = client.failure(GrpcPeer.WAIT, PLAIN.withDeadlineAfter(2, TimeUnit.SECONDS));

            assertThat(status.getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
            server.await("cancelled");
        }
    }

    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void cancelledCallIsCancelledAtTheServer(boolean tls) {
        try (Client client = new Client(tls)) {
            Conversation call = client.converse(GrpcPeer.WAIT);
            call.send("x");
            call.complete();
            server.await("waiting");

            call.cancel();

            server.await("cancelled");
        }
    }

    @Test
    void unreachableServerIsUnavailable() {
        try (Client client = new Client(false)) {
            Status status = client.failure(GrpcPeer.of("down.Echo", GrpcPeer.UNARY), PLAIN);
            assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(status.getDescription()).startsWith("Bad Gateway");
        }
    }

    @Test
    void serviceWithoutARouteIsUnimplemented() {
        try (Client client = new Client(false)) {
            Status status = client.failure(GrpcPeer.of("none.Echo", GrpcPeer.UNARY), PLAIN);
            assertThat(status.getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
        }
    }

    @Test
    void failureOfTheProxyIsAnAnswerOfHttpToOthers() throws IOException {
        assertThat(send(ClientProtocol.H2C, TestRequest.post("/down.Echo/Unary", "x"))
                        .status())
                .isEqualTo(502);
        TestResponse grpc = send(
                ClientProtocol.H2C,
                TestRequest.post("/down.Echo/Unary", "x").field("content-type", "application/grpc+proto"));
        assertThat(grpc.status()).isEqualTo(200);
        assertThat(grpc.field("grpc-status")).isEqualTo("14");
        assertThat(grpc.field("cache-control")).isEqualTo("no-store");
        // A cache would keep an empty page, were these 200.
        TestRequest get = TestRequest.get("/down.Echo/app.css").field("content-type", "application/grpc");
        for (ClientProtocol protocol : ClientProtocol.values())
            assertThat(send(protocol, get).status()).isEqualTo(502);
    }

    /** Its status is in the body, and its clients are browsers, of whatever protocol. */
    @Test
    void grpcWebPassesThrough() throws IOException {
        String type = "application/grpc-web+proto";
        byte[] body = {
            0,
            0,
            0,
            0,
            1,
            'x',
            (byte) 0x80,
            0,
            0,
            0,
            13,
            'g',
            'r',
            'p',
            'c',
            '-',
            's',
            't',
            'a',
            't',
            'u',
            's',
            ':',
            '0'
        };
        origin.on("/web.Echo/Unary", (request, exchange) -> {
            assertThat(request.field("Content-Type")).isEqualTo(type);
            exchange.answer(200, body, Field.of("Content-Type", type));
        });
        for (ClientProtocol protocol : ClientProtocol.values()) {
            TestResponse response =
                    send(protocol, TestRequest.post("/web.Echo/Unary", "x").field("content-type", type));
            assertThat(response.field("content-type")).isEqualTo(type);
            assertThat(response.body()).isEqualTo(body);
        }
    }

    @Test
    void serverThatShutsDownFinishesItsCalls() {
        try (Client client = new Client(false)) {
            Conversation call = client.converse(GrpcPeer.of("restarting.Echo", GrpcPeer.CHAT));
            call.send("before");
            call.awaitMessages(1);

            restarting.shutDown();
            call.send("after");

            assertThat(call.awaitMessages(2)).containsExactly("before", "after");
            call.complete();
            assertThat(call.awaitEnd().isOk()).isTrue();
        }
    }

    /** A reset would be CANCELLED, of which clients take themselves for the cause. */
    @Test
    void serverThatDiesInTheMiddleOfACallIsUnavailable() {
        try (Client client = new Client(false)) {
            Conversation call = client.converse(GrpcPeer.of("mortal.Echo", GrpcPeer.CHAT));
            call.send("before");
            call.awaitMessages(1);

            mortal.close();

            assertThat(call.awaitEnd().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        }
    }
}
