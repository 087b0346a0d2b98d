package dev.sluice.testkit;

import java.io.IOException;

/** What an origin does with one request, once its head is there. Runs on the thread of its connection, may block. */
@FunctionalInterface
public interface OriginScript {
    /** @throws IOException when the peer is gone; the origin counts the exchange as aborted */
    void answer(ReceivedRequest request, OriginExchange exchange) throws IOException;
}
