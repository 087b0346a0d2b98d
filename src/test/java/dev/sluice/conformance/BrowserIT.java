package dev.sluice.conformance;

import dev.sluice.testkit.Browser;
import dev.sluice.testkit.NodePeer;
import dev.sluice.testkit.ProxySetup;
import dev.sluice.testkit.ProxyVariant;
import dev.sluice.testkit.RunningProxy;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pages in a real browser, which speaks HTTP/2 over TLS and opens its WebSocket in the same connection (RFC 8441). */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class BrowserIT {
    private @TempDir Path directory = Path.of("");

    @ParameterizedTest
    @CsvSource({"https, h2", "http, http/1.1"})
    void webSocketOfAPageIsAnswered(String scheme, String protocol) throws Exception {
        try (NodePeer server = NodePeer.start("websocket-server.js");
                RunningProxy proxy = ProxyVariant.EMBEDDED.start(ProxySetup.to("http://127.0.0.1:" + server.port()))) {
            int port = scheme.equals("https") ? proxy.tlsPort() : proxy.httpPort();
            try (Browser browser = Browser.open(scheme + "://127.0.0.1:" + port + "/", directory)) {
                server.awaitLine("page from the page by chat over " + protocol);
            }
        }
    }
}
