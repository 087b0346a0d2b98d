package dev.sluice.proxy;

import dev.sluice.config.ConnectionsConfig;
import dev.sluice.proxy.ProxyFailure.Kind;
import dev.sluice.proxy.ProxyFailure.Sent;
import dev.sluice.upstream.Backend;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;
import org.eclipse.jetty.client.AbstractConnectionPool;
import org.eclipse.jetty.client.Connection;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.HttpResponseException;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.client.RetryableRequestException;
import org.eclipse.jetty.client.transport.HttpConversation;
import org.eclipse.jetty.client.transport.HttpDestination;
import org.eclipse.jetty.client.transport.HttpRequest;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.HostPort;
import org.eclipse.jetty.util.Promise;
import org.jspecify.annotations.Nullable;

/** The transport over Jetty's {@link HttpClient}: HTTP/1.1 and HTTP/2, plain and TLS, in any container. */
public final class JettyTransport implements Transport {
    private final HttpClient client;
    private final JettyPlaces places;
    private final @Nullable ConnectionRoom room;
    private final int most;

    /** @param client started, made by {@link BackendClients}, and with {@link InterimRelay} as its only protocol handler */
    public JettyTransport(HttpClient client) {
        this(client, null, 0, ConnectionsConfig.defaults());
    }

    /** For one pool, whose connections are its own. */
    JettyTransport(HttpClient client, ConnectionRoom room, int most) {
        this(client, room, most, ConnectionsConfig.defaults());
    }

    private JettyTransport(HttpClient client, @Nullable ConnectionRoom room, int most, ConnectionsConfig rules) {
        this.client = client;
        this.room = room;
        this.most = most;
        places = new JettyPlaces(client, rules, room, most);
    }

    @Override
    public Transport keeping(ConnectionsConfig wanted) {
        return new JettyTransport(client, room, most, wanted);
    }

    @Override
    public boolean keepOnly(Set<Backend> members) {
        return places.keepOnly(members);
    }

    /** Backends that it knows. */
    int size() {
        return places.size();
    }

    @Override
    public CompletableFuture<Void> warm(Backend backend, int connections) {
        HttpDestination to = places.destination(backend);
        if (!(to.getConnectionPool() instanceof AbstractConnectionPool pool))
            return CompletableFuture.completedFuture(null);
        int missing = Math.min(connections, pool.getMaxConnectionCount()) - pool.getConnectionCount();
        if (room != null) missing = Math.min(missing, room.spare(backend));
        CompletableFuture<?>[] opening = new CompletableFuture<?>[Math.max(0, missing)];
        for (int i = 0; i < opening.length; i++) opening[i] = ahead(to, pool);
        return CompletableFuture.allOf(opening);
    }

    /** Not by way of the pool, which would tell the requests that wait for a connection of a failure. */
    private static CompletableFuture<?> ahead(HttpDestination to, AbstractConnectionPool pool) {
        CompletableFuture<Connection> outcome = new CompletableFuture<>();
        to.newConnection(Promise.from(
                opened -> {
                    if (opened instanceof BackendConnection connection) connection.openedAhead();
                    else if (opened instanceof BackendSession session) session.openedAhead();
                    // Requests may have opened as many as there may be meanwhile.
                    if (!pool.accept(opened)) opened.close();
                    // Its end may have come first, and found it in no pool.
                    if (opened.isClosed()) pool.remove(opened);
                    outcome.complete(opened);
                },
                outcome::completeExceptionally));
        return outcome;
    }

    /** Says what of a backend is not in its URI. */
    static void aim(Request request, Backend backend) {
        String socket = backend.config().socket();
        if (socket != null) request.transport(new org.eclipse.jetty.io.Transport.TCPUnix(Path.of(socket)));
        // Of https backends ALPN decides.
        if (!backend.config().isSecure())
            request.version(backend.config().scheme().equals("h2c") ? HttpVersion.HTTP_2 : HttpVersion.HTTP_1_1);
    }

    @Override
    public String name() {
        return "httpclient";
    }

    @Override
    public Call send(BackendRequest wanted, Answer answer) {
        JettyPlaces.Place place = places.of(wanted.backend());
        Sending sending = new Sending(client, place.origin(), wanted, answer);
        sending.tag(place.tag());
        if (wanted.fresh()) sending.sendOnFreshConnection();
        else sending.send(sending.events);
        // Whether the abort came in time does not matter: the end is told to the answer either way.
        return sending::end;
    }

    /** The request as Jetty's client wants it, with target and method left as they are. */
    static final class Sending extends HttpRequest {
        private final BackendRequest wanted;
        private final String path;
        private final @Nullable String query;
        private final URI origin;
        private final HttpClient client;
        private final Events events;
        private final @Nullable HostPort asked;
        private volatile @Nullable HostPort authority;
        private volatile boolean streamOpened;
        private volatile boolean refused;
        private long receivedBefore; // on the same connection; of the thread that begins, and then of who aborts

        Sending(HttpClient client, URI origin, BackendRequest wanted, Answer answer) {
            super(client, new HttpConversation(), origin);
            this.client = client;
            this.origin = origin;
            this.wanted = wanted;
            int mark = wanted.target().indexOf('?');
            path = mark < 0 ? wanted.target() : wanted.target().substring(0, mark);
            query = mark < 0 ? null : wanted.target().substring(mark + 1);
            this.events = new Events(this, answer);
            aim(this, wanted.backend());
            headers(h -> h.clear().add(wanted.headers()));
            String scheme = wanted.backend().config().scheme();
            String host = wanted.headers().get(HttpHeader.HOST);
            asked = scheme.equals("http") || host == null || host.isEmpty() ? null : new HostPort(host);
            BackendBody body = wanted.body();
            if (body != null) {
                body(body);
                if (body.getLength() < 0)
                    trailersSupplier(
                            () -> BackendSession.sendable(ResponseHeaders.trailers(body.trailers()), getConnection()));
            }
            // No timeout of the client's: an exchange keeps its own, which know who is being waited for.
            idleTimeout(0, TimeUnit.MILLISECONDS);
            onRequestBegin(r -> begin());
            // Before the first byte is written: whether a write that failed sent any cannot be told.
            onRequestHeaders(r -> events.sentSome());
            onRequestSuccess(r -> events.answer.sentAll());
        }

        Answer answer() {
            return events.answer;
        }

        Backend backend() {
            return wanted.backend();
        }

        private void begin() {
            if (getConnection() instanceof BackendSession session) {
                if (events.fresh == null) answer().sharesConnection();
                // What HTTP/1.1 says in Host, HTTP/2 says in :authority (RFC 9113 §8.3.1).
                authority = asked;
                headers(h -> h.remove(HttpHeader.HOST));
                receivedBefore = session.received();
            }
            events.connected();
        }

        /** Not by the version asked for: when it is sent once more another one may have been agreed on. */
        boolean isHttp2() {
            return getConnection() instanceof BackendSession;
        }

        void streamOpened() {
            streamOpened = true;
        }

        void refused() {
            refused = true;
        }

        /** On a connection of HTTP/2: refused (RFC 9113 §8.7), or without a stream, and so never sent. */
        boolean notProcessed() {
            return refused || (isHttp2() && !streamOpened);
        }

        void end(Throwable cause) {
            // Nothing has come since it began, for none of the streams: the other end may be gone without a word. Only
            // new exchanges are kept away, as it could be slow as well.
            if (cause instanceof TimeoutException
                    && getConnection() instanceof BackendSession session
                    && session.received() == receivedBefore) session.retire();
            abort(cause).exceptionally(x -> false);
        }

        @Override
        public String getHost() {
            HostPort instead = authority;
            return instead == null ? super.getHost() : Objects.requireNonNull(instead.getHost());
        }

        @Override
        public int getPort() {
            HostPort instead = authority;
            return instead == null ? super.getPort() : instead.getPort();
        }

        void sendOnFreshConnection() {
            client.resolveDestination(this).newConnection(Promise.from(this::sendOn, events::neverSent));
        }

        private void sendOn(Connection connection) {
            if (connection instanceof BackendSession session) session.isForOne();
            Throwable aborted = getAbortCause();
            if (aborted != null) {
                connection.close();
                events.neverSent(aborted);
                return;
            }
            events.fresh = connection;
            connection.send(this, events);
            // An abort in between found nothing to abort.
            if (getAbortCause() != null) connection.close();
        }

        @Override
        public String getMethod() {
            // The client's own setter turns it into upper case, but methods are case-sensitive (RFC 9110 §9.1). Null
            // while
            // the constructor of the superclass runs.
            return wanted == null ? super.getMethod() : wanted.method();
        }

        @Override
        public String getPath() {
            // The client's own setter reads "//a/b" as an authority and a path.
            return wanted == null ? super.getPath() : path;
        }

        @Override
        public @Nullable String getQuery() {
            return query;
        }

        @Override
        public URI getURI() {
            return origin;
        }
    }

    /** Turns the client's events into those of an {@link Answer}. The client calls one method at a time. */
    private static final class Events implements Response.Listener {
        private final Sending sending;
        private final Answer answer;
        private volatile Sent sent = Sent.NOTHING;
        private volatile boolean connected;
        private volatile @Nullable Connection fresh;
        private @Nullable String refused;
        private final AtomicBoolean ended = new AtomicBoolean();

        Events(Sending sending, Answer answer) {
            this.sending = sending;
            this.answer = answer;
        }

        void connected() {
            connected = true;
            // One that has brought an answer before may have been closed by its backend meanwhile. Of HTTP/2 it is not
            // known.
            boolean reused = sending.isHttp2()
                    ? fresh == null
                    : sending.getConnection() instanceof BackendConnection used && used.mayBeStale();
            answer.connected(reused);
        }

        void sentSome() {
            if (sent == Sent.NOTHING) sent = Sent.SOME;
            answer.sentSome();
        }

        void neverSent(Throwable cause) {
            end(failure(cause));
        }

        private void end(@Nullable ProxyFailure failure) {
            if (ended.compareAndSet(false, true)) answer.ended(failure);
        }

        @Override
        public void onContentSource(Response response, Content.Source source) {
            // HTTP/2 has no framing in its fields that could be doubted.
            if (!sending.isHttp2() || response.getStatus() == HttpStatus.SWITCHING_PROTOCOLS_101)
                refused = AnswerRules.refusal(response.getStatus(), response.getVersion(), response.getHeaders(), null);
            if (refused != null) {
                var unused = sending.abort(new IllegalStateException(refused));
                return;
            }
            sent = Sent.ANSWERED;
            boolean trailed = sending.isHttp2() || response.getHeaders().contains(HttpHeader.TRANSFER_ENCODING);
            answer.began(
                    response.getStatus(), response.getHeaders(), source, trailed ? () -> trailers(response) : null);
        }

        private static @Nullable HttpFields trailers(Response response) {
            HttpFields trailers = response.getTrailers();
            return trailers == null || trailers.size() == 0 ? null : trailers;
        }

        @Override
        public void onComplete(Result result) {
            Connection unpooled = fresh;
            // The pool does not know a connection that was opened by hand.
            if (unpooled != null) unpooled.close();
            Throwable cause = result.getFailure();
            if (cause == null && refused != null) cause = new IllegalStateException(refused);
            end(cause == null ? null : failure(cause));
        }

        private ProxyFailure failure(Throwable cause) {
            if (isUnprocessed(cause) || sending.notProcessed()) sent = Sent.NOTHING;
            return new ProxyFailure(kind(cause), sent, ProxyFailure.reasonOf(cause), cause);
        }

        private Kind kind(Throwable cause) {
            if (cause instanceof BackendSession.FieldsTooLargeException) return Kind.FIELDS_TOO_LARGE;
            if (isUnprocessed(cause) || sending.notProcessed()) return Kind.REFUSED;
            if (refused != null || cause instanceof HttpResponseException) return Kind.BAD_ANSWER;
            if (cause instanceof RejectedExecutionException) return Kind.NO_CONNECTION;
            boolean tooLong = cause instanceof SocketTimeoutException || cause instanceof TimeoutException;
            if (tooLong && !connected) return Kind.CONNECT_TIMEOUT;
            boolean unreachable = cause instanceof ConnectException
                    || cause instanceof UnknownHostException
                    || cause instanceof UnresolvedAddressException
                    || (cause instanceof SSLException && sent != Sent.ANSWERED);
            return unreachable || !connected ? Kind.CONNECT : Kind.CLOSED;
        }
    }

    /**
     * Whether a backend has said that it did nothing with a request: one beyond the last that its GOAWAY names (RFC 9113
     * §6.8).
     */
    private static boolean isUnprocessed(Throwable cause) {
        return cause instanceof RetryableRequestException;
    }

    /** The request of which the client speaks, as this transport made it. */
    static @Nullable Sending sending(Request request) {
        return request instanceof Sending s ? s : null;
    }
}
