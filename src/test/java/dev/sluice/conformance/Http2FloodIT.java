package dev.sluice.conformance;

import static dev.sluice.testkit.RawH2Client.DATA;
import static dev.sluice.testkit.RawH2Client.END_HEADERS;
import static dev.sluice.testkit.RawH2Client.HEADERS;
import static dev.sluice.testkit.RawH2Client.block;
import static dev.sluice.testkit.RawH2Client.encode;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.ClientProtocol;
import dev.sluice.testkit.FaultyOrigin;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.JarProxy;
import dev.sluice.testkit.Once;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.TestClient;
import dev.sluice.testkit.TestRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What clients make a proxy with 64 MB of heap keep for them. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
@Once
class Http2FloodIT {
    private static final int SMALL_BUFFER = 16 << 10;
    private static final int CLIENTS = 4;
    /** Of each stream; a window has room for more. */
    private static final int BYTES = 300_000;

    private @TempDir Path directory = Path.of("");

    @Test
    void bodiesInPiecesOfAByteThatNobodyReadsDoNotFillTheHeap() throws IOException {
        Gate gate = new Gate();
        List<RawH2Client> clients = new ArrayList<>();
        try (FaultyOrigin origin = FaultyOrigin.start("stuck", SMALL_BUFFER);
                FaultyOrigin others = FaultyOrigin.start("others");
                JarProxy proxy = JarProxy.start(
                        ProxySetup.none().route("/others", others.url()).route(null, origin.url()),
                        directory,
                        "-Xmx64m",
                        "-XX:+ExitOnOutOfMemoryError");
                TestClient other = ClientProtocol.H2.connect(proxy)) {
            origin.otherwise((request, exchange) -> gate.pass());
            for (int i = 0; i < CLIENTS; i++) {
                RawH2Client client = RawH2Client.connect(ClientProtocol.H2C, proxy);
                clients.add(client);
                for (int stream = 1; stream <= 3; stream += 2) dribble(client, stream);
                assertThat(other.send(TestRequest.get("/others")).status()).isEqualTo(200);
            }
            gate.open();
            assertThat(proxy.log()).doesNotContain("OutOfMemory");
        } finally {
            for (RawH2Client client : clients) client.close();
        }
    }

    private static void dribble(RawH2Client client, int stream) throws IOException {
        byte[] head = block(":method", "POST", ":scheme", "http", ":path", "/", ":authority", "sluice.test");
        ByteArrayOutputStream pieces = new ByteArrayOutputStream();
        for (int i = 0; i < 1000; i++) pieces.writeBytes(encode(DATA, 0, stream, (byte) 'x'));
        byte[] thousand = pieces.toByteArray();
        try {
            client.frame(HEADERS, END_HEADERS, stream, head);
            for (int i = 0; i < BYTES / 1000; i++) client.send(thousand);
        } catch (SocketException e) {
            // Cut, as it should be.
            assertThat(client.awaitGoAway()).isIn(-1, 11);
        }
    }
}
