package dev.sluice.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A small web server on 127.0.0.1 to stand behind the proxy: it shows who answered and what arrived, and is slow,
 * streams, takes and gives when asked to. Built on the JDK's server, so that it shares nothing with the proxy.
 *
 * <p>Waiting holds no thread: {@code /slow} and {@code /stream} are continued by a timer. A client that does not read
 * holds one of the {@value #THREADS} threads until its connection ends.
 */
final class DemoBackend implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DemoBackend.class);

    private static final String PLAIN = "text/plain; charset=utf-8";
    private static final int THREADS = 64;
    private static final int QUEUED = 1024;
    private static final Duration LONGEST = Duration.ofSeconds(60);
    private static final long MOST_BYTES = 10L << 30;
    private static final int MOST_EVENTS = 100_000;

    private final String name;
    private final String prefix;
    private final HttpServer server;
    private final ThreadPoolExecutor threads;
    private final ScheduledThreadPoolExecutor timer;

    private DemoBackend(String name, String prefix, HttpServer server) {
        this.name = name;
        this.prefix = prefix;
        this.server = server;
        this.threads = new ThreadPoolExecutor(
                THREADS, THREADS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(QUEUED), task -> daemon(task, name));
        this.threads.allowCoreThreadTimeOut(true);
        this.timer = new ScheduledThreadPoolExecutor(1, task -> daemon(task, name + "-timer"));
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, "demo-" + name);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Binds and serves.
     *
     * @param name what it calls itself in answers
     * @param prefix taken off paths before they are looked at: {@code /api} or {@code ""}
     * @param port 0 for one that the system picks
     * @throws IOException when the port cannot be bound
     */
    static DemoBackend start(String name, String prefix, int port) throws IOException {
        tuneJdkServer();
        InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        HttpServer server = HttpServer.create(new InetSocketAddress(loopback, port), 1024);
        DemoBackend backend = new DemoBackend(name, prefix, server);
        server.setExecutor(backend.threads);
        server.createContext("/", backend::serve);
        server.start();
        return backend;
    }

    /** Read once, when the JDK's server is first used: without them answers wait for a delayed ACK, 40 ms each. */
    private static void tuneJdkServer() {
        System.getProperties().putIfAbsent("sun.net.httpserver.nodelay", "true");
        // Longer than the proxy keeps an unused connection, so that it is never the backend that closes first.
        System.getProperties().putIfAbsent("sun.net.httpserver.idleInterval", "120");
        System.getProperties().putIfAbsent("sun.net.httpserver.maxIdleConnections", "1024");
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** Closes the listening socket and all connections at once. */
    @Override
    public void close() {
        server.stop(0);
        timer.shutdownNow();
        threads.shutdownNow();
    }

    private void serve(HttpExchange exchange) {
        answer(exchange, () -> {
            exchange.getResponseHeaders().set("X-Backend", name);
            exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
            switch (path(exchange)) {
                case "/slow" -> slow(exchange);
                case "/stream" -> stream(exchange);
                case "/upload" -> upload(exchange);
                case "/download" -> download(exchange);
                default -> echo(exchange);
            }
        });
    }

    private String path(HttpExchange exchange) {
        String path = exchange.getRequestURI().getRawPath();
        if (prefix.isEmpty()) return path;
        return path.startsWith(prefix + "/") ? path.substring(prefix.length()) : path;
    }

    /** A step of an answer. Whatever goes wrong in it ends its exchange, so that none is left open for ever. */
    private void answer(HttpExchange exchange, Step step) {
        try {
            try {
                step.run();
            } catch (IllegalArgumentException e) {
                text(exchange, 400, e.getMessage() + "\n");
            }
        } catch (IOException e) {
            log.debug("{}: {} {}: client gone: {}", name, exchange.getRequestMethod(), exchange.getRequestURI(), e);
            exchange.close();
        } catch (RuntimeException e) {
            log.error("{}: {} {}", name, exchange.getRequestMethod(), exchange.getRequestURI(), e);
            exchange.close();
        }
    }

    private void echo(HttpExchange exchange) throws IOException {
        DemoEcho echo = DemoEcho.of(exchange, name, drainBody(exchange));
        boolean json = echo.wantsJson();
        respond(exchange, 200, json ? "application/json" : PLAIN, json ? echo.json() : echo.text());
    }

    private void slow(HttpExchange exchange) throws IOException {
        Duration delay = DemoQuery.of(exchange.getRequestURI()).duration("seconds", Duration.ofSeconds(3), LONGEST);
        drainBody(exchange);
        String text = name + " answers after " + DemoQuery.seconds(delay) + " s\n";
        after(delay, exchange, () -> text(exchange, 200, text));
    }

    private void stream(HttpExchange exchange) throws IOException {
        DemoQuery query = DemoQuery.of(exchange.getRequestURI());
        int count = (int) query.number("count", 10, MOST_EVENTS);
        Duration interval = query.duration("interval", Duration.ofMillis(500), LONGEST);
        drainBody(exchange);
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        boolean head = isHead(exchange);
        exchange.sendResponseHeaders(200, head || count == 0 ? -1 : 0);
        if (head || count == 0) exchange.close();
        else event(exchange, 1, count, interval);
    }

    private void event(HttpExchange exchange, int number, int count, Duration interval) throws IOException {
        String event = "id: " + number + "\ndata: " + number + " of " + count + " from " + name + " at "
                + Instant.now().truncatedTo(ChronoUnit.MILLIS) + "\n\n";
        OutputStream body = exchange.getResponseBody();
        body.write(event.getBytes(StandardCharsets.UTF_8));
        body.flush();
        if (number == count) exchange.close();
        else after(interval, exchange, () -> event(exchange, number + 1, count, interval));
    }

    private void upload(HttpExchange exchange) throws IOException {
        if (!exchange.getRequestMethod().equals("POST")
                && !exchange.getRequestMethod().equals("PUT")) {
            exchange.getResponseHeaders().set("Allow", "POST, PUT");
            text(exchange, 405, exchange.getRequestMethod() + " (expected: POST or PUT)\n");
            return;
        }
        long began = System.nanoTime();
        long bytes = drainBody(exchange);
        double seconds = Math.max(System.nanoTime() - began, 1) / 1e9;
        String text = String.format(
                Locale.ROOT, "%s took %d bytes in %.3f s: %.1f MB/s%n", name, bytes, seconds, bytes / seconds / 1e6);
        text(exchange, 200, text);
    }

    private void download(HttpExchange exchange) throws IOException {
        long size = DemoQuery.of(exchange.getRequestURI()).size("size", 10_000_000, MOST_BYTES);
        drainBody(exchange);
        exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
        if (isHead(exchange)) {
            exchange.getResponseHeaders().set("Content-Length", Long.toString(size));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
            return;
        }
        // To the JDK's server 0 means chunked and -1 means empty.
        exchange.sendResponseHeaders(200, size == 0 ? -1 : size);
        byte[] block = new byte[64 * 1024];
        Arrays.fill(block, (byte) '.');
        OutputStream body = exchange.getResponseBody();
        for (long left = size; left > 0; left -= block.length) {
            body.write(block, 0, (int) Math.min(left, block.length));
        }
        exchange.close();
    }

    private void after(Duration delay, HttpExchange exchange, Step step) {
        Runnable task = () -> {
            try {
                threads.execute(() -> answer(exchange, step));
            } catch (RejectedExecutionException e) {
                log.debug("{}: too busy to go on with {}: {}", name, exchange.getRequestURI(), e.toString());
                exchange.close();
            }
        };
        ScheduledFuture<?> unused = timer.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
    }

    private static void text(HttpExchange exchange, int status, String text) throws IOException {
        respond(exchange, status, PLAIN, text);
    }

    private static void respond(HttpExchange exchange, int status, String type, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        if (isHead(exchange)) exchange.getResponseHeaders().set("Content-Length", Integer.toString(bytes.length));
        exchange.sendResponseHeaders(status, isHead(exchange) ? -1 : bytes.length);
        if (!isHead(exchange)) exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static long drainBody(HttpExchange exchange) throws IOException {
        try (InputStream body = exchange.getRequestBody()) {
            return body.transferTo(OutputStream.nullOutputStream());
        }
    }

    private static boolean isHead(HttpExchange exchange) {
        return exchange.getRequestMethod().equals("HEAD");
    }

    /** Part of an answer; a client that goes away shows as an {@link IOException}. */
    private interface Step {
        void run() throws IOException;
    }
}
