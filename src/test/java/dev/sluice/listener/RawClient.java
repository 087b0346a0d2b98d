package dev.sluice.listener;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Sends bytes as they are, one for each character, and reads until the server closes. */
final class RawClient {
    /** Longer than any answer takes; a server that keeps the connection open makes the test fail with a timeout. */
    private static final int TIMEOUT_MILLIS = 5_000;

    private RawClient() {}

    /** All that the server sends until it closes, as ISO-8859-1. */
    static String send(int port, String bytes) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }
}
