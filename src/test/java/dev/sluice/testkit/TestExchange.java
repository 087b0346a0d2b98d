package dev.sluice.testkit;

import java.io.IOException;
import java.util.List;

/**
 * One request under way and its response, over whichever protocol. Nothing is read from the peer but what a call here
 * asks for, so that a test can be a slow reader by not asking. All waits end after {@link Gate#TIMEOUT} with an error.
 */
public interface TestExchange {
    /** Sends a piece of the body of a {@link TestRequest#upload}. */
    void write(byte[] piece) throws IOException;

    /** Ends the body of a {@link TestRequest#upload}. */
    void end(List<Field> trailers) throws IOException;

    /** Waits for the next interim response. @throws IOException when the final one comes, or the peer breaks off */
    TestHead awaitInterim() throws IOException;

    /** Waits for the head of the final response. */
    TestHead awaitHead() throws IOException;

    /** Waits for the next {@code n} bytes of the body. @throws IOException when it ends or breaks before */
    byte[] awaitBody(int n) throws IOException;

    /** Reads to the end. Never throws for a body that breaks: the response says so. @throws IOException without a head */
    TestResponse finish() throws IOException;

    /** Reads the rest of the body and keeps only its sum, for bodies of any size. @throws IOException when it breaks */
    BodySum sumBody() throws IOException;

    /** Goes away: RST of the connection in HTTP/1.1, RST_STREAM (CANCEL) in HTTP/2. */
    void abort() throws IOException;
}
