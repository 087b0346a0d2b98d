package dev.sluice.testkit;

import java.io.IOException;

/** A client with one connection to a proxy, the same over every protocol. */
public interface TestClient extends AutoCloseable {
    /** Sends the head, and the body where the request holds one; the rest is up to the exchange. */
    TestExchange open(TestRequest request) throws IOException;

    /** Sends a whole request and reads a whole response. */
    default TestResponse send(TestRequest request) throws IOException {
        return open(request).finish();
    }

    @Override
    void close() throws IOException;
}
