package dev.sluice.cli;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * Clients of two ports that take nothing for granted: one that connects for each request and one that keeps its connection
 * until it is told to close it, over plain TCP and over TLS. None tries a request again.
 */
final class TakeoverClients implements AutoCloseable {
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final List<AtomicInteger> served = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean over;

    TakeoverClients(int port, int tlsPort) throws GeneralSecurityException {
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, new TrustManager[] {new TrustsAll()}, new SecureRandom());
        add(SocketFactory.getDefault(), port, true);
        add(SocketFactory.getDefault(), port, false);
        add(tls.getSocketFactory(), tlsPort, true);
        add(tls.getSocketFactory(), tlsPort, false);
    }

    private void add(SocketFactory sockets, int port, boolean keeps) {
        AtomicInteger count = new AtomicInteger();
        served.add(count);
        Thread thread = new Thread(
                () -> {
                    while (!over) connection(sockets, port, keeps, count);
                },
                "client of " + port + (keeps ? ", keeps" : ", closes"));
        threads.add(thread);
        thread.start();
    }

    private void connection(SocketFactory sockets, int port, boolean keeps, AtomicInteger count) {
        String request = "GET / HTTP/1.1\r\nHost: a\r\n" + (keeps ? "" : "Connection: close\r\n") + "\r\n";
        try (Socket socket = sockets.createSocket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(30_000);
            String head;
            do {
                socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
                head = answer(socket.getInputStream());
                if (!head.startsWith("HTTP/1.1 200 "))
                    failures.add(Thread.currentThread().getName() + ": " + head);
                count.incrementAndGet();
            } while (!over && keeps && !head.contains("connection: close"));
        } catch (IOException e) {
            failures.add(Thread.currentThread().getName() + ": " + e);
        }
    }

    /** The head, with a body of two bytes after it read too. */
    private static String answer(InputStream input) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = input.read();
            if (next < 0) throw new IOException("ended after: " + head);
            head.append((char) next);
        }
        if (input.readNBytes(2).length != 2) throw new IOException("no body after: " + head);
        return head.toString().replace("Connection: close", "connection: close");
    }

    /** Waits until each of them has been served so many times more, or something was lost. */
    void awaitMore(int requests) {
        List<Integer> until =
                served.stream().map(count -> count.get() + requests).toList();
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            for (int i = 0; i < until.size(); i++) if (served.get(i).get() < until.get(i)) return !failures.isEmpty();
            return true;
        });
    }

    Queue<String> failures() {
        return failures;
    }

    @Override
    public void close() throws InterruptedException {
        over = true;
        for (Thread thread : threads) thread.join(35_000);
    }

    /** For certificates that are made at start. */
    private static final class TrustsAll implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {
            throw new UnsupportedOperationException("this is a client");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {
            if (chain.length == 0) throw new IllegalArgumentException("no certificate");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
