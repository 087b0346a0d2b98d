package dev.sluice.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.UpstreamConfig.Transport;
import dev.sluice.testkit.GrpcPeer;
import dev.sluice.testkit.GrpcPeer.Conversation;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** gRPC in a drain, with its own client and server. */
@Timeout(60)
class DrainGrpcTest {
    private static final Duration LIMIT = Duration.ofMillis(300);

    private final GrpcPeer server = GrpcPeer.start("test.Echo");

    @AfterEach
    void closeServer() {
        server.close();
    }

    /** A channel and a proxy that end with their test. */
    private final class Rig implements AutoCloseable {
        final DrainingProxy proxy;
        final ManagedChannel channel;

        Rig(boolean tls, @Nullable Duration limit) throws Exception {
            proxy = EarlyProxy.start(server.url(), Transport.AUTO, limit);
            channel = GrpcPeer.channel(proxy, tls);
        }

        Conversation converse(MethodDescriptor<String, String> method) {
            return new Conversation(channel, method, CallOptions.DEFAULT);
        }

        @Override
        public void close() {
            channel.shutdownNow();
            proxy.close();
        }
    }

    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void callsOfEveryKindThatAreUnderWayAreFinished(boolean tls) throws Exception {
        try (Rig rig = new Rig(tls, null)) {
            Conversation chat = rig.converse(GrpcPeer.CHAT);
            chat.send("a");
            chat.awaitMessages(1);
            Conversation join = rig.converse(GrpcPeer.JOIN);
            join.send("x");
            rig.proxy.awaitLive(2);

            rig.proxy.stop();
            chat.send("b");
            join.send("y");
            assertThat(chat.awaitMessages(2)).containsExactly("a", "b");
            chat.complete();
            join.complete();

            assertThat(chat.awaitEnd()).isEqualTo(Status.OK);
            assertThat(join.awaitMessages(1)).containsExactly("x,y");
            assertThat(join.awaitEnd()).isEqualTo(Status.OK);
            assertThat(rig.proxy.awaitStopped()).isTrue();
            assertThat(rig.proxy.summary().finished()).isEqualTo(2);
        }
    }

    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void streamOfTheServerThatHasNotBegunEndsAsUnavailable(boolean tls) throws Exception {
        try (Rig rig = new Rig(tls, LIMIT)) {
            Conversation wait = rig.converse(GrpcPeer.WAIT);
            wait.send("x");
            wait.complete();
            server.await("waiting");

            rig.proxy.stop();

            assertThat(wait.awaitEnd().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            server.await("cancelled");
            assertEndedEarly(rig.proxy);
        }
    }

    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void conversationEndsAsUnavailableBetweenTwoMessages(boolean tls) throws Exception {
        try (Rig rig = new Rig(tls, LIMIT)) {
            Conversation chat = rig.converse(GrpcPeer.CHAT);
            chat.send("a");
            assertThat(chat.awaitMessages(1)).containsExactly("a");

            rig.proxy.stop();

            Status end = chat.awaitEnd();
            assertThat(end.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(end.getDescription()).isEqualTo("the server is going away");
            assertEndedEarly(rig.proxy);
        }
    }

    @ParameterizedTest(name = "tls={0}")
    @ValueSource(booleans = {false, true})
    void streamOfTheClientEndsAsUnavailable(boolean tls) throws Exception {
        try (Rig rig = new Rig(tls, LIMIT)) {
            Conversation join = rig.converse(GrpcPeer.JOIN);
            join.send("x");
            rig.proxy.awaitLive(1);

            rig.proxy.stop();

            assertThat(join.awaitEnd().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertEndedEarly(rig.proxy);
        }
    }

    private static void assertEndedEarly(DrainingProxy proxy) {
        assertThat(proxy.awaitStopped()).isTrue();
        assertThat(proxy.summary().endedEarly()).isEqualTo(1);
        assertThat(proxy.summary().cut()).isZero();
        assertThat(proxy.summary().took()).isLessThan(EarlyProxy.FAR.dividedBy(4));
    }
}
