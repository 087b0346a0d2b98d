package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.NodePeer;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.ProxyVariant;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** WebSockets (RFC 6455, RFC 8441) between a client and a server of Node's {@code ws}. */
abstract class WebSocketSuite extends ConformanceSuite {
    /** Not before {@link #setup}, where the superclass asks for it. */
    private NodePeer server;

    /** How a client comes. */
    enum Way {
        PLAIN,
        TLS
    }

    WebSocketSuite(ProxyVariant variant) {
        super(variant);
        try {
            server = NodePeer.start("websocket-server.js");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    ProxySetup setup() {
        return ProxySetup.to("http://127.0.0.1:" + server.port());
    }

    @AfterAll
    void stopServer() {
        server.close();
    }

    private List<String> converse(Way way, String path, String... what) throws Exception {
        String origin =
                way == Way.TLS ? "wss://127.0.0.1:" + proxy().tlsPort() : "ws://127.0.0.1:" + proxy().httpPort();
        String[] arguments = new String[what.length + 1];
        arguments[0] = origin + path;
        System.arraycopy(what, 0, arguments, 1, what.length);
        return NodePeer.run("websocket-client.js", arguments);
    }

    @ParameterizedTest
    @EnumSource
    void protocolAndExtensionsAreNegotiatedEndToEndAndCloseCodesCarriedOver(Way way) throws Exception {
        assertThat(converse(way, "/echo", "echo"))
                .containsExactly("open chat permessage-deflate", "received hello", "closed 4001 done");
        server.awaitLine("closed 4001 done");
    }

    @ParameterizedTest
    @EnumSource
    void closeOfTheServerReachesTheClient(Way way) throws Exception {
        assertThat(converse(way, "/leaves", "wait")).contains("closed 4002 enough of you");
    }

    @ParameterizedTest
    @EnumSource
    void firstMessageOfTheServerIsNotLost(Way way) throws Exception {
        assertThat(converse(way, "/greets", "listen")).contains("received welcome");
    }

    @ParameterizedTest
    @EnumSource
    void pingsAndPongsPassBothWays(Way way) throws Exception {
        assertThat(converse(way, "/echo", "ping")).contains("pong still there");
        assertThat(converse(way, "/pings", "listen")).contains("received pong are you there");
    }

    @ParameterizedTest
    @CsvSource({"PLAIN, 65536", "PLAIN, 4194304", "TLS, 65536", "TLS, 4194304"})
    void largeMessagesArriveWhole(Way way, String size) throws Exception {
        assertThat(converse(way, "/echo", "large", size)).contains("same true " + size);
    }

    @ParameterizedTest
    @EnumSource
    void messagesStayInOrder(Way way) throws Exception {
        assertThat(converse(way, "/echo", "many", "2000")).contains("in order 2000");
    }

    @ParameterizedTest
    @EnumSource
    void refusalOfTheServerReachesTheClient(Way way) throws Exception {
        assertThat(converse(way, "/refused", "echo")).containsExactly("refused 401 no");
    }

    @Test
    void webSocketInAStreamOfHttp2HasNoBody() throws Exception {
        // Its length would be taken from what follows it on the backend's connection.
        assertThat(NodePeer.run("websocket-client.js", "h2://127.0.0.1:" + proxy().tlsPort() + "/echo", "length"))
                .contains("status 400");
    }

    @ParameterizedTest
    @ValueSource(strings = {"echo", "ping"})
    void webSocketInAStreamOfHttp2ReachesAServerOfHttp11(String what) throws Exception {
        List<String> said = NodePeer.run("websocket-client.js", "h2://127.0.0.1:" + proxy().tlsPort() + "/echo", what);
        assertThat(said).contains("allows true", "status 200");
        assertThat(said).contains(what.equals("echo") ? "received hello" : "pong still there");
        assertThat(said).contains(what.equals("echo") ? "closed 4001 done" : "closed 1000 ");
    }
}
