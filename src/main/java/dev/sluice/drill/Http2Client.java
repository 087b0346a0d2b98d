package dev.sluice.drill;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/2: several requests at a time on one connection, or one where its body is slow. After a GOAWAY it opens no stream
 * any more, waits for those that there are, and closes (RFC 9113 §6.8).
 */
final class Http2Client extends Client {
    private static final int AT_A_TIME = 3;

    private final int atATime;
    private @Nullable Connection connection;

    Http2Client(Ground ground, Lane lane, Deeds deeds) {
        super(ground, lane, deeds);
        atATime = lane.kind() == Kind.MULTIPLEXED ? AT_A_TIME : 1;
    }

    /** A connection, and what is known of it. */
    final class Connection implements Session.Listener {
        private final Semaphore free = new Semaphore(atATime);
        private volatile boolean announced;
        private volatile boolean closed;
        private @Nullable Session session;

        /** Whether no new stream may be opened. */
        boolean isOver() {
            return announced || closed;
        }

        boolean isAnnounced() {
            return announced;
        }

        /** Another request may take its place. */
        void streamEnded() {
            free.release();
        }

        @Override
        public void onGoAway(Session from, GoAwayFrame frame) {
            announced = true;
        }

        @Override
        public void onClose(Session from, GoAwayFrame frame, Callback callback) {
            closed = true;
            callback.succeeded();
        }

        @Override
        public void onFailure(Session from, Throwable failure, Callback callback) {
            closed = true;
            callback.succeeded();
        }
    }

    @Override
    boolean turn() throws InterruptedException {
        Connection on = connection;
        if (on != null && on.isOver()) {
            // Those that are under way first: they are what the announcement leaves time for.
            finish();
            leave();
            return true;
        }
        if (on != null && !on.free.tryAcquire(ground.pace().pause().toMillis(), TimeUnit.MILLISECONDS)) return true;
        Deed deed = deeds.next();
        Sent sent = ground.log().begin(lane, deed);
        try {
            if (on == null) {
                on = connect(sent);
                on.free.acquire();
            }
            sent.connected();
        } catch (NotConnected e) {
            return refused(sent, e);
        } catch (IOException e) {
            sent.connected();
            sent.phase(lane.secure() ? Phase.HANDSHAKE : Phase.SENDING);
            ground.log().broken(sent, describe(e));
            return true;
        }
        send(on, deed, sent);
        return true;
    }

    private Connection connect(Sent sent) throws IOException, InterruptedException {
        Connection made = new Connection();
        made.session = ground.http2().connect(ground.port(lane), lane.secure(), made);
        connection = made;
        return made;
    }

    private void send(Connection on, Deed deed, Sent sent) throws InterruptedException {
        Session session = on.session;
        if (session == null) throw new IllegalStateException("a connection without a session");
        Http2Exchange exchange = new Http2Exchange(this, on, deed, sent);
        Stream stream;
        try {
            stream = session.newStream(exchange.head(ground.port(lane), lane.secure(), ground.real()), exchange)
                    .get(ground.pace().patience().toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            // Jetty opens none where a GOAWAY came in between: nothing was sent then.
            if (on.isAnnounced()) exchange.neverSent();
            else exchange.broken(describe(e));
            return;
        } catch (TimeoutException e) {
            exchange.broken("the request could not be sent");
            return;
        }
        try {
            exchange.sendBody(stream, ground.pace().patience());
        } catch (ExecutionException | TimeoutException e) {
            // Where there was an answer all the same, or a reset, that has told already, or is about to.
            exchange.sendingFailed(describe(e));
        }
    }

    /** Waits for what is under way. */
    @Override
    void finish() throws InterruptedException {
        if (connection == null) return;
        var unused =
                connection.free.tryAcquire(atATime, ground.pace().patience().toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    void leave() {
        Connection on = connection;
        connection = null;
        if (on == null || on.session == null) return;
        on.session.close(ErrorCode.NO_ERROR.code, "", Callback.NOOP);
    }
}
