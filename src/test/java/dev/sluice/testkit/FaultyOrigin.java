package dev.sluice.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * An origin on plain sockets that does what its scripts say, faults included, and remembers what it was sent. One
 * thread for each connection. Without a script for a path it echoes (see {@link EchoReport}).
 */
public final class FaultyOrigin implements AutoCloseable {
    /** An exchange whose peer went away before the script was through. */
    public record Aborted(ReceivedRequest request, OriginExchange.Phase phase) {}

    private final String name;
    private final ServerSocket server;
    private final ExecutorService threads;
    private final Map<String, OriginScript> scripts = new ConcurrentHashMap<>();
    private final List<OriginConnection> connections = new CopyOnWriteArrayList<>();
    private final List<ReceivedRequest> requests = new CopyOnWriteArrayList<>();
    private final List<ReceivedRequest> finished = new CopyOnWriteArrayList<>();
    private final List<Aborted> aborted = new CopyOnWriteArrayList<>();
    private final List<String> notes = new CopyOnWriteArrayList<>();
    private final CountDownLatch acceptingEnded = new CountDownLatch(1);
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();
    private volatile OriginScript otherwise = this::echo;
    private volatile boolean announced;

    private FaultyOrigin(String name, ServerSocket server) {
        this.name = name;
        this.server = server;
        this.threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "origin-" + name);
            thread.setDaemon(true);
            return thread;
        });
        threads.execute(this::accept);
    }

    /** Starts one on a free port of 127.0.0.1. */
    public static FaultyOrigin start() {
        return start("origin");
    }

    /** @param name what its echo says in the line {@code origin} */
    public static FaultyOrigin start(String name) {
        return start(name, 0);
    }

    /** @param receiveBuffer SO_RCVBUF of each connection in bytes, so that an unread upload stalls early; 0 for the default */
    public static FaultyOrigin start(String name, int receiveBuffer) {
        try {
            ServerSocket server = new ServerSocket();
            if (receiveBuffer > 0) server.setReceiveBufferSize(receiveBuffer);
            server.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 2048);
            return new FaultyOrigin(name, server);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts one on a Unix-domain socket, and deletes what another one has left there. */
    public static FaultyOrigin startOn(Path socket) {
        try {
            return new FaultyOrigin("origin", new UnixServerSocket(socket));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return server.getLocalPort();
    }

    /** {@code http://127.0.0.1:PORT}, or {@code unix:PATH}. */
    public String url() {
        if (server instanceof UnixServerSocket unix) return "unix:" + unix.path();
        return "http://127.0.0.1:" + port();
    }

    /** Takes a header of the PROXY protocol for the beginning of each connection from now on. */
    public FaultyOrigin announced() {
        announced = true;
        return this;
    }

    boolean isAnnounced() {
        return announced;
    }

    /** The script for requests with exactly this raw path, whatever their query. */
    public FaultyOrigin on(String path, OriginScript script) {
        scripts.put(path, script);
        return this;
    }

    /** The script for requests that have none of their own. */
    public FaultyOrigin otherwise(OriginScript script) {
        otherwise = script;
        return this;
    }

    /** Forgets scripts and what was received; connections stay. For one origin that serves many tests. */
    public void forget() {
        scripts.clear();
        forgetRequests();
        notes.clear();
        otherwise = this::echo;
    }

    /** Forgets what was received, whose bodies take memory; scripts stay. */
    public void forgetRequests() {
        requests.clear();
        finished.clear();
        aborted.clear();
    }

    /** The default script: reads the body and reports what came. */
    public void echo(ReceivedRequest request, OriginExchange exchange) throws IOException {
        exchange.sumBody();
        byte[] report = EchoReport.write(name, request);
        exchange.startLength(200, report.length, Field.of("Content-Type", "text/plain"));
        if (!request.method().equals("HEAD")) exchange.content(report);
    }

    // What was received

    /** All requests in the order their heads were read. */
    public List<ReceivedRequest> requests() {
        return List.copyOf(requests);
    }

    /** The requests with this raw path. */
    public List<ReceivedRequest> requests(String path) {
        return requests.stream().filter(r -> r.path().equals(path)).toList();
    }

    /** Waits for a request with this raw path. */
    public ReceivedRequest awaitRequest(String path) {
        await("a request to " + path, () -> !requests(path).isEmpty());
        return requests(path).get(0);
    }

    /** Waits until a script is through with this request, whichever way. */
    public void awaitFinished(ReceivedRequest request) {
        await("the end of " + request, () -> finished.contains(request));
    }

    /** Exchanges whose peer went away in the middle. */
    public List<Aborted> aborted() {
        return List.copyOf(aborted);
    }

    /** Waits until the peer of an exchange with this raw path has gone away in the middle. */
    public Aborted awaitAborted(String path) {
        await("an aborted exchange at " + path, () -> findAborted(path) != null);
        return Objects.requireNonNull(findAborted(path));
    }

    private @Nullable Aborted findAborted(String path) {
        return aborted.stream()
                .filter(a -> a.request().path().equals(path))
                .findFirst()
                .orElse(null);
    }

    /** Failures of connections, for the message of a test that did not see what it expected. */
    public List<String> notes() {
        return List.copyOf(notes);
    }

    // Connections

    /** Connections that are open now. */
    public int openConnections() {
        return open.get();
    }

    /** Connections accepted since the start. */
    public int acceptedConnections() {
        return accepted.get();
    }

    /** The connection with this number, from 1. */
    public OriginConnection connection(int number) {
        return connections.get(number - 1);
    }

    /** Waits until {@code n} connections are open at once. */
    public void awaitConnections(int n) {
        await(n + " open connections", () -> open.get() >= n);
    }

    /** Waits until the connection with this number is closed. */
    public void awaitClosed(int number) {
        await(connection(number).closedLatch(), "connection " + number + ": open (expected: closed)");
    }

    private static void await(CountDownLatch latch, String otherwise) {
        try {
            if (!latch.await(Gate.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) throw new AssertionError(otherwise);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    private static void await(String what, Callable<Boolean> condition) {
        Awaitility.await(what)
                .atMost(Gate.TIMEOUT)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(condition);
    }

    // Called by connections

    OriginScript scriptFor(ReceivedRequest request) {
        return scripts.getOrDefault(request.path(), otherwise);
    }

    void received(ReceivedRequest request) {
        requests.add(request);
    }

    void finished(ReceivedRequest request) {
        finished.add(request);
    }

    void aborted(ReceivedRequest request, OriginExchange.Phase phase) {
        aborted.add(new Aborted(request, phase));
    }

    void note(int connection, Exception failure) {
        notes.add("connection " + connection + ": " + failure);
    }

    void gone() {
        open.decrementAndGet();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                if (server.isClosed()) {
                    socket.close(); // Accepted while it was being closed: nobody would serve it.
                    break;
                }
                OriginConnection connection = new OriginConnection(this, accepted.incrementAndGet(), socket);
                connections.add(connection);
                open.incrementAndGet();
                threads.execute(connection::serve);
            } catch (IOException e) {
                // Closing the server socket is how this loop ends.
                if (!server.isClosed()) notes.add("accept: " + e);
            }
        }
        acceptingEnded.countDown();
    }

    /** Closes the listening socket only: the next connection is refused, those that are open go on. */
    public void refuseConnections() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        // The kernel goes on listening until nobody waits for a connection any more.
        await(acceptingEnded, "accepting connections: goes on (expected: over)");
    }

    @Override
    public void close() {
        refuseConnections();
        for (OriginConnection connection : connections) {
            try {
                connection.socket().close();
            } catch (IOException e) {
                note(connection.number(), e);
            }
        }
        threads.shutdownNow();
    }
}
