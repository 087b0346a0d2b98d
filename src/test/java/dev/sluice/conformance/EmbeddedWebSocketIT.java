package dev.sluice.conformance;

import dev.sluice.testkit.ProxyVariant;

/** WebSockets through the proxy inside this process. */
class EmbeddedWebSocketIT extends WebSocketSuite {
    EmbeddedWebSocketIT() {
        super(ProxyVariant.EMBEDDED);
    }
}
