package dev.sluice.listener;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.frames.Frame;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.http2.frames.PingFrame;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;

/**
 * How one HTTP/2 session ends in a drain (RFC 9113 §6.8): a GOAWAY that allows every stream, so that the client opens no more
 * and those that are on their way are served; a PING behind it, whose answer says that the client has seen it; and a GOAWAY
 * with the last stream that is served. A client that does not answer gets the second one after {@link #ROUND_TRIP_MILLIS}.
 * Nothing is closed here: that is for whoever sees the connection at rest.
 *
 * <p>Safe for use by many threads; nothing blocks.
 */
final class Farewell implements HTTP2Session.FrameListener, Connection.Listener {
    /** How long the answer to the PING is waited for. */
    static final long ROUND_TRIP_MILLIS = 1_000;

    /**
     * The attribute of the connection that says how far it is: absent, nothing was said; FALSE, the first GOAWAY was; TRUE,
     * both were. In words that a drain understands that does not know these classes.
     */
    static final String TOLD_ATTRIBUTE = "dev.sluice.told";

    private static final byte[] ROUND_TRIP = "drain rt".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] REASON = "drain".getBytes(StandardCharsets.US_ASCII);

    private final HTTP2Session session;
    private final Connector connector;
    private final Farewells all;
    /** The highest stream of the client; its complement from the moment at which it is the last one. */
    private final AtomicInteger last = new AtomicInteger();

    private boolean greeted; // guarded by this
    private boolean asked; // guarded by this
    private boolean begun; // guarded by this

    Farewell(HTTP2Session session, Connector connector, Farewells all) {
        this.session = session;
        this.connector = connector;
        this.all = all;
    }

    /** The first frame of a server is its SETTINGS (RFC 9113 §3.4): they have been sent. */
    void greeted() {
        boolean now;
        synchronized (this) {
            greeted = true;
            now = asked && !begun;
            begun |= now;
        }
        if (now) sayFirst();
    }

    /** A drain has begun. */
    void begin() {
        boolean now;
        synchronized (this) {
            asked = true;
            now = greeted && !begun;
            begun |= now;
        }
        if (now) sayFirst();
    }

    private void sayFirst() {
        // Jetty fails the streams of a session that has said GOAWAY and is quiet for this time. Exchanges keep their
        // own,
        // and the drain has an end.
        session.getEndPoint().setIdleTimeout(0);
        told(false);
        // Not by way of the session's own state, which would say the second one as soon as there is no stream.
        session.frames(
                null,
                List.of(GoAwayFrame.GRACEFUL),
                Callback.from(InvocationType.NON_BLOCKING, this::measureRoundTrip, x -> {
                    // The connection has ended, and everybody is told so.
                }));
        // Not on the scheduler's thread, which keeps time for others too.
        connector
                .getScheduler()
                .schedule(
                        () -> connector.getExecutor().execute(this::sayLast), ROUND_TRIP_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Only now, because Jetty sends a PING before whatever waits. */
    private void measureRoundTrip() {
        session.ping(new PingFrame(ROUND_TRIP, false), Callback.NOOP);
    }

    /** A PING was answered. */
    void answered(PingFrame pong) {
        if (Arrays.equals(pong.getPayload(), ROUND_TRIP)) sayLast();
    }

    private void sayLast() {
        int highest = last.getAndUpdate(id -> id < 0 ? id : ~id);
        if (highest < 0) return;
        session.goAway(goAway(highest), Callback.from(InvocationType.NON_BLOCKING, () -> told(true), x -> told(true)));
    }

    private static GoAwayFrame goAway(int lastStream) {
        return new GoAwayFrame(lastStream, ErrorCode.NO_ERROR.code, REASON);
    }

    private void told(boolean both) {
        if (session.getEndPoint().getConnection() instanceof ConnectionMetaData connection)
            connection.setAttribute(TOLD_ATTRIBUTE, both);
    }

    /** Sees a stream before Jetty decides whether to open it. Called by one thread at a time. */
    @Override
    public void onIncomingFrame(Session ignored, Frame frame) {
        if (!(frame instanceof HeadersFrame headers)) return;
        int id = headers.getStreamId();
        int known = last.getAndUpdate(highest -> highest < 0 ? highest : Math.max(highest, id));
        // Whoever said that another one was the last may not have told Jetty yet: it is not to be served and denied
        // both.
        if (known < 0 && id > ~known) session.goAway(goAway(~known), Callback.NOOP);
    }

    @Override
    public void onClosed(Connection connection) {
        all.remove(this);
    }
}
