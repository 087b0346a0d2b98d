package dev.sluice.proxy;

import dev.sluice.upstream.Backend;
import dev.sluice.upstream.SharedConnection;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.client.Connection;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.client.transport.HttpChannel;
import org.eclipse.jetty.client.transport.HttpDestination;
import org.eclipse.jetty.client.transport.HttpExchange;
import org.eclipse.jetty.client.transport.SendFailure;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.compression.HuffmanEncoder;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.HTTP2ClientConnectionFactory;
import org.eclipse.jetty.http2.client.transport.ClientConnectionFactoryOverHTTP2;
import org.eclipse.jetty.http2.client.transport.internal.HTTPSessionListenerPromise;
import org.eclipse.jetty.http2.client.transport.internal.HttpChannelOverHTTP2;
import org.eclipse.jetty.http2.client.transport.internal.HttpConnectionOverHTTP2;
import org.eclipse.jetty.http2.frames.Frame;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.http2.hpack.HpackEncoder;
import org.eclipse.jetty.io.ClientConnectionFactory;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/2 connection to a backend, without what Jetty's does at the cost of exchanges:
 *
 * <ul>
 *   <li>A backend that restarts sends the last frame of its last answer and closes. Jetty then drops what has come and is not
 *       read yet. Here that waits until all of it is read.
 *   <li>Jetty takes a connection for unused on which nothing has moved for a while, whatever streams wait there. Exchanges
 *       keep time themselves.
 *   <li>Header fields that are too large for the backend break Jetty's connection, and all that is under way on it. Here they
 *       are refused beforehand.
 *   <li>A connection that has begun to end is still handed out, and what is sent on it fails. Here it is not.
 * </ul>
 *
 * <p>Safe for use by many threads.
 */
final class BackendSession extends HttpConnectionOverHTTP2 {
    /** Fewer than what it takes of streams that nobody reads to use up the window of the connection. */
    static final int MOST_STREAMS = 200;

    /** What RFC 9113 §6.5.2 counts for each field beside its name and value. */
    private static final int FIELD_OVERHEAD = 32;

    /** Lengths and a prefix, as they are coded at most. */
    private static final int CODED_OVERHEAD = 12;

    /** Method, scheme, authority and path, but for what the path says. */
    private static final int PSEUDO_FIELDS = 512;

    private final HTTP2Connection wire;
    private final long unusedMillis;
    private final AtomicReference<@Nullable Callback> atTheEnd = new AtomicReference<>();
    private final KeepAlive keepAlive;
    private final ConnectionAge age;
    private final @Nullable SharedConnection shared;
    private volatile boolean retired;
    private volatile boolean ending; // by us
    /** Who it is a connection to, as the last request said. */
    private volatile @Nullable Backend backend;

    private volatile boolean closeWhenUnused;

    private BackendSession(Destination destination, Session session, HTTP2Connection connection) {
        super(destination, session, connection);
        wire = connection;
        unusedMillis = connection.getEndPoint().getIdleTimeout();
        keepAlive = KeepAlive.of(getHttpDestination());
        age = new ConnectionAge(keepAlive, System.nanoTime(), KeepAlive.chance());
        shared = destination.getOrigin().getTag() instanceof RoomyPool.Tag tag
                ? tag.backend().sharedConnection()
                : null;
        if (shared != null) countsToItsEnd(shared);
        ((HTTP2Session) session).addEventListener(new HTTP2Session.FrameListener() {
            @Override
            public void onIncomingFrame(Session from, Frame frame) {
                if (frame instanceof ResetFrame reset && reset.getError() == ErrorCode.REFUSED_STREAM_ERROR.code)
                    refused(reset.getStreamId());
            }
        });
    }

    private void countsToItsEnd(SharedConnection counted) {
        wire.addEventListener(new org.eclipse.jetty.io.Connection.Listener() {
            @Override
            public void onClosed(org.eclipse.jetty.io.Connection connection) {
                countsNoLonger(counted);
            }
        });
        if (!wire.getEndPoint().isOpen()) counted.ended();
    }

    /** Requests may wait in the queue of Jetty's client for the room that it took. */
    private void countsNoLonger(SharedConnection counted) {
        counted.ended();
        HttpDestination to = getHttpDestination();
        if (to.isRunning() && to.getHttpClient().isRunning()) to.send();
    }

    /** It was opened for one exchange, and is in no pool: nobody is to wait for a stream of it. */
    void isForOne() {
        if (shared != null) countsNoLonger(shared);
    }

    /** Before anything else learns of the reset: a body that is being sent fails by it, and cannot say why. */
    private void refused(int stream) {
        for (Iterator<HttpChannel> channels = getHttpChannels(); channels.hasNext(); ) {
            if (!(channels.next() instanceof HttpChannelOverHTTP2 channel)) continue;
            Stream asked = channel.getStream();
            HttpExchange exchange = channel.getHttpExchange();
            if (asked == null || asked.getId() != stream || exchange == null) continue;
            if (exchange.getRequest() instanceof JettyTransport.Sending sending) sending.refused();
        }
    }

    /** HTTP/2 with connections of this kind, to be chosen by name or by ALPN. */
    static final class Http2 extends ClientConnectionFactory.Info {
        Http2(HTTP2Client client) {
            super(new Factory(client));
        }

        @Override
        public List<String> getProtocols(boolean secure) {
            return secure ? List.of("h2", "h2c") : List.of("h2c");
        }
    }

    /** Jetty's, but for who listens to the session. */
    private static final class Factory extends ClientConnectionFactoryOverHTTP2 {
        private final HTTP2Client client;
        private final ClientConnectionFactory connections = new HTTP2ClientConnectionFactory();

        Factory(HTTP2Client client) {
            super(client);
            this.client = client;
        }

        @Override
        public org.eclipse.jetty.io.Connection newConnection(EndPoint endPoint, Map<String, Object> context)
                throws IOException {
            Promises listener = new Promises(context);
            context.put(HTTP2Client.CONTEXT_KEY, client);
            context.put(HTTP2Client.SESSION_LISTENER_CONTEXT_KEY, listener);
            context.put(HTTP2Client.SESSION_PROMISE_CONTEXT_KEY, listener);
            return connections.newConnection(endPoint, context);
        }
    }

    private static final class Promises extends HTTPSessionListenerPromise {
        private volatile @Nullable BackendSession opened;

        Promises(Map<String, Object> context) {
            super(context);
        }

        @Override
        protected Connection newConnection(Destination destination, Session session, HTTP2Connection connection) {
            BackendSession made = new BackendSession(destination, session, connection);
            opened = made;
            return made;
        }

        @Override
        public void onGoAway(Session session, GoAwayFrame frame) {
            BackendSession connection = opened;
            if (connection != null) connection.leaves(frame);
            super.onGoAway(session, frame);
        }

        @Override
        public boolean onIdleTimeout(Session session) {
            BackendSession connection = opened;
            boolean ends = super.onIdleTimeout(session);
            if (connection != null && ends) connection.ending = true;
            return ends;
        }

        @Override
        public void onClose(Session session, GoAwayFrame frame, Callback callback) {
            BackendSession connection = opened;
            if (connection == null) super.onClose(session, frame, callback);
            else connection.end(new ClosedChannelException(), callback);
        }

        @Override
        public void onFailure(Session session, Throwable failure, Callback callback) {
            BackendSession connection = opened;
            if (connection == null) super.onFailure(session, failure, callback);
            else connection.end(failure, callback);
        }
    }

    /** It is to take no more requests; that is no failure, and what it has is answered. */
    private void leaves(GoAwayFrame frame) {
        boolean first = !retired;
        goingAway();
        Backend known = backend;
        if (first && known != null && frame.getError() == ErrorCode.NO_ERROR.code) known.closes(true);
    }

    @Override
    public int getMaxMultiplex() {
        int allowed = super.getMaxMultiplex();
        return allowed > 0 ? Math.min(allowed, MOST_STREAMS) : MOST_STREAMS;
    }

    /** What has been read so far. */
    long received() {
        return wire.getBytesIn();
    }

    /** The backend says so: unless it answers to our own end, or ends what is in use, that shows how patient it is. */
    private void goingAway() {
        long now = System.nanoTime();
        if (!retired && !ending && !getHttpChannels().hasNext()) keepAlive.ended(now, age.idle(now), age.wasUsed());
        leave();
    }

    private void leave() {
        retired = true;
        if (shared != null) shared.leaves(); // Before Jetty's pool looks whether there is room for another one.
    }

    /** It was opened for whoever comes. To be called before anybody can come. */
    void openedAhead() {
        long now = System.nanoTime();
        age.idleFrom(now);
        wire.getEndPoint().setIdleTimeout(age.millisLeft(now, unusedMillis));
    }

    /** Takes no more exchanges; those that it has are not affected, and it is closed after them. */
    void retire() {
        closeWhenUnused = true;
        leave();
        getHttpDestination().remove(this);
    }

    /** Nothing more comes. What has come as a whole can still be read: until it is, Jetty is not to clear up. */
    private void end(Throwable cause, Callback callback) {
        retire();
        boolean reading = false;
        for (Iterator<HttpChannel> channels = getHttpChannels(); channels.hasNext(); ) {
            HttpChannel channel = channels.next();
            HttpExchange exchange = channel.getHttpExchange();
            if (exchange == null) continue;
            if (channel instanceof HttpChannelOverHTTP2 stream && stream.isLastDataReceived()) reading = true;
            else exchange.getRequest().abort(cause);
        }
        Callback before = atTheEnd.getAndSet(callback);
        if (before != null) before.succeeded();
        if (!reading || !getHttpChannels().hasNext()) finish();
    }

    private void finish() {
        Callback waiting = atTheEnd.getAndSet(null);
        if (waiting == null) return;
        close();
        waiting.succeeded();
    }

    @Override
    public @Nullable SendFailure send(HttpExchange exchange) {
        if (exchange.getRequest() instanceof JettyTransport.Sending sending
                && !fits(sending.getHeaders(), sending.getPath(), sending.getQuery()))
            return new SendFailure(new FieldsTooLargeException("request"), false);
        if (exchange.getRequest() instanceof JettyTransport.Sending sending && backend != sending.backend())
            backend = sending.backend();
        SendFailure failure = super.send(exchange);
        if (failure != null) unusedAgain(); // Its channel was given back without a word.
        return failure;
    }

    /** Whether fields and target can be sent: as the backend counts them (RFC 9113 §6.5.2), and as Jetty's buffer does. */
    private boolean fits(HttpFields fields, @Nullable String... values) {
        HpackEncoder encoder = ((HTTP2Session) getSession()).getGenerator().getHpackEncoder();
        int most = encoder.getMaxHeaderListSize();
        if (most <= 0) return true;
        long listed = PSEUDO_FIELDS;
        long coded = PSEUDO_FIELDS;
        for (String value : values) {
            if (value == null) continue;
            listed += value.length();
            coded += coded(value);
        }
        for (HttpField field : fields) {
            String value = field.getValue() == null ? "" : field.getValue();
            listed += field.getName().length() + value.length() + FIELD_OVERHEAD;
            coded += coded(field.getName()) + coded(value) + CODED_OVERHEAD;
        }
        return listed <= most && coded <= most;
    }

    /** Jetty codes with Huffman always, which makes bytes beyond ASCII more than three times as long. */
    private static long coded(String text) {
        int octets = HuffmanEncoder.octetsNeeded(text);
        return octets < 0 ? 4L * text.length() : octets;
    }

    /** Trailer fields that can be sent, or null: to leave them out is allowed (RFC 9110 §6.5.1), to break a connection is not. */
    static @Nullable HttpFields sendable(@Nullable HttpFields trailers, @Nullable Connection on) {
        return trailers == null || !(on instanceof BackendSession session) || session.fits(trailers) ? trailers : null;
    }

    @Override
    protected @Nullable HttpChannelOverHTTP2 acquireHttpChannel() {
        if (retired) return null;
        synchronized (wire) {
            HttpChannelOverHTTP2 channel = super.acquireHttpChannel();
            if (channel != null) wire.getEndPoint().setIdleTimeout(0);
            return channel;
        }
    }

    @Override
    protected HttpChannelOverHTTP2 newHttpChannel() {
        return new HttpChannelOverHTTP2(this, getSession()) {
            @Override
            public void setStream(@Nullable Stream stream) {
                super.setStream(stream);
                HttpExchange exchange = getHttpExchange();
                if (stream != null
                        && exchange != null
                        && exchange.getRequest() instanceof JettyTransport.Sending sending) sending.streamOpened();
            }
        };
    }

    @Override
    protected void release(HttpChannelOverHTTP2 channel) {
        if (age.isExpired(System.nanoTime())) retire();
        // Not with the monitor: Jetty sends what is queued on the way, on this connection or another one.
        super.release(channel);
        if (!unusedAgain()) return;
        finish();
        if (closeWhenUnused) close();
    }

    /** Jetty closes one that left the pool just as it was handed out, with all that is under way on it. */
    @Override
    public void close() {
        ending = true;
        boolean stopping = !getHttpDestination().getHttpClient().isRunning();
        if (retired && !stopping && getHttpChannels().hasNext()) closeWhenUnused = true;
        else super.close();
    }

    private boolean unusedAgain() {
        synchronized (wire) {
            boolean unused = !getHttpChannels().hasNext();
            if (!unused) return false;
            long now = System.nanoTime();
            age.used();
            age.idleFrom(now);
            wire.getEndPoint().setIdleTimeout(age.millisLeft(now, unusedMillis));
            return true;
        }
    }

    /** Header fields that no frame to this backend can hold. */
    static final class FieldsTooLargeException extends IOException {
        private static final long serialVersionUID = 1L;

        private FieldsTooLargeException(String what) {
            super(what + " fields larger than the backend takes");
        }
    }
}
