package dev.sluice.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.RouteConfig.ProxyProtocol;
import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.ProxyHeaders;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.RawClient;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Backends that are told of the client by the PROXY protocol. */
abstract class AnnouncedClientsSuite extends ConformanceSuite {
    /** A port that nobody is given by chance. */
    private static final String REFUSING = "http://127.0.0.1:1";

    AnnouncedClientsSuite(ProxyVariant variant) {
        super(variant);
        origin.announced();
    }

    @Override
    ProxySetup setup() {
        return ProxySetup.none()
                .route(null, ProxyProtocol.V1, origin.url())
                .route("/v2", ProxyProtocol.V2, origin.url())
                .route("/second", ProxyProtocol.V1, REFUSING, origin.url());
    }

    private String line(ReceivedRequest request) {
        return new String(announcement(request), StandardCharsets.ISO_8859_1);
    }

    private byte[] announcement(ReceivedRequest request) {
        return origin.connection(request.connection()).announcement();
    }

    private static String line(RawClient client) {
        return "PROXY TCP4 127.0.0.1 127.0.0.1 " + client.socket().getLocalPort() + " "
                + client.socket().getPort() + "\r\n";
    }

    @ParameterizedTest
    @EnumSource
    void connectionBeginsWithTheClient(ClientProtocol protocol) throws IOException {
        assertThat(send(protocol, TestRequest.post("/up", "body")).status()).isEqualTo(200);
        assertThat(line(origin.requests("/up").get(0)))
                .matches("PROXY TCP4 127\\.0\\.0\\.1 127\\.0\\.0\\.1 \\d+ " + protocol.port(proxy()) + "\r\n");
    }

    @Test
    void binaryHeaderNamesBothEndsOfTheClientsConnection() throws IOException {
        try (RawClient client = raw()) {
            client.send("GET /v2 HTTP/1.1\r\nHost: h\r\n\r\n").readResponse();
            int port = client.socket().getLocalPort();
            assertThat(announcement(origin.requests("/v2").get(0)))
                    .isEqualTo(ProxyHeaders.v2("127.0.0.1", port, "127.0.0.1", proxy().httpPort()));
        }
    }

    @Test
    void eachExchangeHasAConnectionOfItsOwnThatIsClosedAfterwards() throws IOException {
        try (RawClient client = raw()) {
            for (int i = 0; i < 3; i++) {
                client.send("GET /one HTTP/1.1\r\nHost: h\r\n\r\n");
                assertThat(client.readResponse().status()).isEqualTo(200);
            }
            assertThat(origin.requests("/one"))
                    .extracting(ReceivedRequest::connection)
                    .hasSize(3)
                    .doesNotHaveDuplicates();
            for (ReceivedRequest request : origin.requests("/one")) {
                assertThat(line(request)).isEqualTo(line(client));
                origin.awaitClosed(request.connection());
            }
        }
    }

    @Test
    void twoClientsNeverShareAConnection() throws IOException {
        Gate gate = new Gate();
        origin.on("/slow", (request, exchange) -> {
            gate.pass();
            exchange.answer(200, "late");
        });
        try (RawClient one = raw();
                RawClient two = raw()) {
            one.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
            origin.awaitRequest("/slow");
            for (int i = 0; i < 5; i++) {
                two.send("GET /quick HTTP/1.1\r\nHost: h\r\n\r\n").readResponse();
                // One that leaves while its connection is made, or just has been, leaves it to nobody.
                RawClient leaving = raw();
                leaving.send("GET /left HTTP/1.1\r\nHost: h\r\n\r\n");
                leaving.reset();
            }
            gate.open();
            assertThat(one.readResponse().text()).isEqualTo("late");
            assertThat(line(origin.requests("/slow").get(0))).isEqualTo(line(one));
            assertThat(origin.requests("/quick"))
                    .allSatisfy(r -> assertThat(line(r)).isEqualTo(line(two)));
        }
        List<Integer> used =
                origin.requests().stream().map(ReceivedRequest::connection).toList();
        assertThat(used).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @EnumSource
    void streamsOfOneClientHaveConnectionsOfTheirOwnToo(ClientProtocol protocol) throws IOException {
        try (TestClient client = protocol.connect(proxy())) {
            client.send(TestRequest.get("/a"));
            client.send(TestRequest.get("/b"));
        }
        String first = line(origin.requests("/a").get(0));
        assertThat(line(origin.requests("/b").get(0))).isEqualTo(first);
        assertThat(Stream.of("/a", "/b").map(p -> origin.requests(p).get(0).connection()))
                .doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @EnumSource
    void bodiesPassBothWays(ClientProtocol protocol) throws IOException {
        assertBodiesPassBothWays(protocol, origin, 3 << 20);
    }

    @ParameterizedTest
    @EnumSource
    void nextBackendIsToldAsWell(ClientProtocol protocol) throws IOException {
        for (int i = 0; i < 4; i++)
            assertThat(send(protocol, TestRequest.post("/second", "body")).status())
                    .isEqualTo(200);
        assertThat(origin.requests("/second"))
                .hasSize(4)
                .allSatisfy(r -> assertThat(line(r)).startsWith("PROXY TCP4 127.0.0.1 127.0.0.1 "));
    }

    @Test
    void connectionThatBecomesATunnelBeginsWithTheClient() throws IOException {
        origin.on("/tunnel", (request, exchange) -> {
            exchange.raw("HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\n");
            exchange.echoRaw();
        });
        try (RawClient client = raw()) {
            client.send("GET /tunnel HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(101);
            client.send("there and back");
            assertThat(new String(client.readBytes(14), StandardCharsets.US_ASCII))
                    .isEqualTo("there and back");
            assertThat(line(origin.requests("/tunnel").get(0))).isEqualTo(line(client));
        }
    }
}
