package dev.sluice.proxy;

import dev.sluice.config.BackendConfig;
import dev.sluice.config.HealthConfig;
import dev.sluice.upstream.health.Probe.Finding;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.eclipse.jetty.client.Connection;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * One check from its beginning to its end, whichever comes first of an answer, a failure and the timeout. Safe for use by
 * many threads.
 */
final class HealthCheck implements HealthSocket.Watcher {
    /** How far it has come, for the reason of one that takes too long. */
    private enum Phase {
        LOOKING_UP,
        CONNECTING,
        SECURING,
        ASKING
    }

    private final HttpClient client;
    private final BackendConfig backend;
    private final HealthConfig how;
    private final Consumer<HealthCheck> atEnd;
    private final CompletableFuture<Finding> finding = new CompletableFuture<>();
    private final AtomicBoolean over = new AtomicBoolean();
    private final HealthSocket socket;
    private volatile Phase phase = Phase.LOOKING_UP;
    private volatile Scheduler.@Nullable Task deadline;
    private volatile @Nullable Destination destination;
    private volatile @Nullable HealthRequest request;
    private volatile @Nullable Connection connection;
    private volatile @Nullable HealthAnswer answer;

    /**
     * @param client started before the check is
     * @param atEnd told when nothing is left of it but its finding
     */
    HealthCheck(HttpClient client, BackendConfig backend, HealthConfig how, Consumer<HealthCheck> atEnd) {
        this.client = client;
        this.backend = backend;
        this.how = how;
        this.atEnd = atEnd;
        String path = backend.socket();
        socket = new HealthSocket(path == null ? Transport.TCP_IP : new Transport.TCPUnix(Path.of(path)), this);
    }

    CompletableFuture<Finding> finding() {
        return finding;
    }

    void start() {
        if (over.get()) return;
        try {
            deadline = client.getScheduler().schedule(this::late, how.timeout().toMillis(), TimeUnit.MILLISECONDS);
            HealthRequest made = new HealthRequest(client, backend, how);
            made.transport(socket);
            if (made.isSecure()) made.tag(TlsEngines.of(client).settings().peer(backend));
            request = made;
            // One of its own, which the client does not keep: the next check shall find no connection of this one.
            var transport = client.getHttpClientTransport();
            Destination to = transport.newDestination(transport.newOrigin(made));
            LifeCycle.start(to);
            destination = to;
            to.newConnection(Promise.from(this::opened, this::fail));
            Scheduler.Task waiting = deadline;
            if (over.get() && waiting != null) waiting.cancel();
        } catch (Exception e) {
            fail(e);
        }
    }

    // How far it comes

    @Override
    public void connecting() {
        phase = Phase.CONNECTING;
    }

    @Override
    public void connected() {
        boolean tls = backend.isSecure() || how.check() instanceof HealthConfig.Tls;
        phase = tls ? Phase.SECURING : Phase.ASKING;
        if (how.check() instanceof HealthConfig.Tcp) end(Finding.passed("accepts connections"));
    }

    @Override
    public boolean speaks() {
        return how.check() instanceof HealthConfig.Http || how.check() instanceof HealthConfig.Grpc;
    }

    @Override
    public void secured() {
        phase = Phase.ASKING;
        if (how.check() instanceof HealthConfig.Tls) end(Finding.passed("TLS as expected"));
    }

    @Override
    public void broken(Throwable why) {
        fail(why);
    }

    private void opened(Connection opened) {
        connection = opened;
        HealthRequest asking = request;
        HealthConfig.Check check = how.check();
        boolean http2 = opened instanceof BackendSession;
        if (asking == null || over.get()) {
            opened.close();
        } else if (check instanceof HealthConfig.Grpc grpc && !http2) {
            fail("gRPC needs HTTP/2, and the backend chose HTTP/1.1");
        } else {
            asking.isFor(http2 ? HttpVersion.HTTP_2 : HttpVersion.HTTP_1_1);
            HealthAnswer judge = check instanceof HealthConfig.Grpc grpc
                    ? new GrpcHealthAnswer(grpc.service(), this::end, this::fail)
                    : new HealthAnswer((HealthConfig.Http) check, this::end, this::fail);
            answer = judge;
            opened.send(asking, judge);
            // An end in between may have found nothing to end.
            if (over.get()) opened.close();
        }
    }

    // How it ends

    private void late() {
        HealthAnswer judge = answer;
        String time = HealthReasons.told(how.timeout());
        if (judge != null && judge.hasBegun()) {
            fail("answer not complete within " + time);
            return;
        }
        fail(
                switch (phase) {
                    case LOOKING_UP -> HealthReasons.told("no address for " + backend.host() + " within " + time);
                    case CONNECTING -> "no connection within " + time;
                    case SECURING -> "TLS: no handshake within " + time;
                    case ASKING -> "no answer within " + time;
                });
    }

    private void fail(Throwable cause) {
        if (over.get()) return;
        HealthAnswer judge = answer;
        boolean begun = judge != null && judge.hasBegun();
        fail(HealthReasons.of(cause) + (begun ? " in the middle of its answer" : ""));
    }

    void fail(String reason) {
        end(Finding.failed(reason));
    }

    /** Ends it from where nothing of it is under way. */
    void stop(String reason) {
        if (begunToEnd()) clear(Finding.failed(reason));
    }

    private void end(Finding found) {
        if (!begunToEnd()) return;
        try {
            // Not from here, which may be in the middle of what is to be closed.
            client.getExecutor().execute(() -> clear(found));
        } catch (RejectedExecutionException e) {
            clear(found);
        }
    }

    private boolean begunToEnd() {
        if (!over.compareAndSet(false, true)) return false;
        socket.end();
        Scheduler.Task waiting = deadline;
        if (waiting != null) waiting.cancel();
        return true;
    }

    private void clear(Finding found) {
        HealthRequest asked = request;
        if (asked != null) {
            var unused = asked.abort(new CancellationException("the check is over"));
        }
        Connection opened = connection;
        // HTTP/2 has an end of its own, for which it takes two: a backend that failed may not play its part.
        if (!found.passed()) socket.cut();
        else if (opened != null) opened.close();
        else socket.close();
        Destination used = destination;
        if (used != null) LifeCycle.stop(used);
        atEnd.accept(this);
        finding.complete(found);
    }
}
