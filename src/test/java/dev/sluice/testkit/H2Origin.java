package dev.sluice.testkit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.api.server.ServerSessionListener;
import org.eclipse.jetty.http2.frames.DataFrame;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.http2.server.RawHTTP2ServerConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** A backend that speaks HTTP/2 by prior knowledge and does to each stream what a test has it do. */
public final class H2Origin implements AutoCloseable {
    /** What to do with the streams of a path. Called by a thread of the origin, which must not be held up. */
    public interface Script {
        /** @return who listens to the rest of the stream */
        Stream.Listener opened(Exchange exchange);
    }

    /** A stream, and what is asked in it. */
    public record Exchange(Stream stream, MetaData.Request request, boolean last) {
        public String path() {
            return request.getHttpURI().getPathQuery();
        }

        /** The head of an answer. */
        public void head(int status, boolean last, Field... fields) {
            HttpFields.Mutable all = H2Client.fields(List.of(fields));
            MetaData.Response response = new MetaData.Response(status, null, HttpVersion.HTTP_2, all);
            stream.headers(new HeadersFrame(stream.getId(), response, null, last), Callback.NOOP);
        }

        /** A whole answer; ISO-8859-1. */
        public void answer(int status, String content, Field... fields) {
            HttpFields.Mutable all = H2Client.fields(List.of(fields));
            MetaData.Response response = new MetaData.Response(status, null, HttpVersion.HTTP_2, all);
            DataFrame data = new DataFrame(stream.getId(), bytes(content), true);
            stream.headers(
                    new HeadersFrame(stream.getId(), response, null, false),
                    Callback.from(() -> stream.data(data, Callback.NOOP), x -> {
                        throw new IllegalStateException(x);
                    }));
        }

        /** A piece of an answer; not before the one before it is written. */
        public void data(String content, boolean last) {
            stream.data(new DataFrame(stream.getId(), bytes(content), last), Callback.NOOP);
        }

        /** Trailer fields, with which the answer ends. */
        public void trailers(Field... fields) {
            MetaData trailers = new MetaData(HttpVersion.HTTP_2, H2Client.fields(List.of(fields)));
            stream.headers(new HeadersFrame(stream.getId(), trailers, null, true), Callback.NOOP);
        }

        public void reset(ErrorCode code) {
            stream.reset(new ResetFrame(stream.getId(), code.code), Callback.NOOP);
        }
    }

    /** Keeps what a stream brings and says when it has ended. */
    public static class Rest implements Stream.Listener {
        private final StringBuffer body = new StringBuffer();
        private volatile boolean ended;
        private volatile int reset = -1;
        private volatile @Nullable HttpFields trailers;

        /** When the request is complete. Called once. */
        public void ended(Stream stream) {}

        @Override
        public void onHeaders(Stream stream, HeadersFrame frame) {
            trailers = frame.getMetaData().getHttpFields();
            ended = true;
            ended(stream);
        }

        @Override
        public void onDataAvailable(Stream stream, boolean immediate) {
            Stream.Data data = stream.readData();
            if (data == null) {
                stream.demand();
                return;
            }
            body.append(StandardCharsets.ISO_8859_1.decode(data.frame().getByteBuffer()));
            boolean last = data.frame().isEndStream();
            data.release();
            if (!last) {
                stream.demand();
            } else if (!ended) {
                ended = true;
                ended(stream);
            }
        }

        @Override
        public void onReset(Stream stream, ResetFrame frame, Callback callback) {
            reset = frame.getError();
            callback.succeeded();
        }

        public String body() {
            return body.toString();
        }

        public @Nullable HttpFields trailers() {
            return trailers;
        }

        /** Waits for the peer's RST_STREAM; its code. */
        public int awaitReset() {
            Awaitility.await("RST_STREAM").atMost(Gate.TIMEOUT).until(() -> reset >= 0);
            return reset;
        }

        public void awaitBody(int size) {
            Awaitility.await(size + " bytes").atMost(Gate.TIMEOUT).until(() -> body.length() >= size);
        }
    }

    private final Map<String, Script> scripts = new ConcurrentHashMap<>();
    private final List<Exchange> seen = new CopyOnWriteArrayList<>();
    private final Collection<Session> sessions = new CopyOnWriteArrayList<>();
    private final Server server = new Server();
    private final ServerConnector connector;

    private H2Origin(int streams) {
        var factory = new RawHTTP2ServerConnectionFactory(new HttpConfiguration(), new Sessions());
        factory.setMaxConcurrentStreams(streams);
        factory.setStreamIdleTimeout(-1);
        connector = new ServerConnector(server, 1, 1, factory);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
    }

    /** On a free port of 127.0.0.1. */
    public static H2Origin start() {
        return start(1000);
    }

    /** The same, with a bound on the streams of a connection. */
    public static H2Origin start(int streams) {
        H2Origin origin = new H2Origin(streams);
        try {
            origin.server.start();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        return origin;
    }

    public String url() {
        return "h2c://127.0.0.1:" + connector.getLocalPort();
    }

    /** What to do with a path, the query not looked at. */
    public void on(String path, Script script) {
        scripts.put(path, script);
    }

    /** The requests so far. */
    public List<Exchange> seen() {
        return List.copyOf(seen);
    }

    /** The connections so far, those that have ended included. */
    public List<Session> sessions() {
        return List.copyOf(sessions);
    }

    /** Waits for this many requests to a path. */
    public List<Exchange> await(String path, int n) {
        Awaitility.await(n + " requests to " + path).atMost(Gate.TIMEOUT).until(() -> of(path).size() >= n);
        return of(path);
    }

    private List<Exchange> of(String path) {
        return seen.stream()
                .filter(e -> path.equals(e.request().getHttpURI().getPath()))
                .toList();
    }

    /** Forgets scripts, requests and connections that have ended. */
    public void forget() {
        scripts.clear();
        seen.clear();
        sessions.removeIf(Session::isClosed);
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private final class Sessions implements ServerSessionListener {
        @Override
        public void onAccept(Session session) {
            sessions.add(session);
        }

        @Override
        public Stream.Listener onNewStream(Stream stream, HeadersFrame frame) {
            MetaData.Request request = (MetaData.Request) frame.getMetaData();
            Exchange exchange = new Exchange(stream, request, frame.isEndStream());
            seen.add(exchange);
            Script script = scripts.get(request.getHttpURI().getPath());
            Stream.Listener rest = script == null ? echo(exchange) : script.opened(exchange);
            if (!frame.isEndStream()) stream.demand();
            return rest;
        }

        /** Without a script: 200, with what came. */
        private Stream.Listener echo(Exchange exchange) {
            Rest rest = new Rest() {
                @Override
                public void ended(Stream stream) {
                    exchange.answer(200, body());
                }
            };
            if (exchange.last()) exchange.answer(200, "");
            return rest;
        }
    }
}
