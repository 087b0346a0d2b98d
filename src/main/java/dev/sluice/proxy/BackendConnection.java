package dev.sluice.proxy;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.transport.HttpExchange;
import org.eclipse.jetty.client.transport.internal.HttpChannelOverHTTP;
import org.eclipse.jetty.client.transport.internal.HttpConnectionOverHTTP;
import org.eclipse.jetty.client.transport.internal.HttpReceiverOverHTTP;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.ClientConnectionFactory;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;

/**
 * A connection to a backend that is used again only while it is sure where the next answer begins (RFC 9112 §9.2, §11.1).
 *
 * <p>Jetty throws away what a backend sends behind the end of an answer, as far as it has arrived, and goes on with the
 * rest: the tail of one answer could become the head of the next one, for another client. Here anything that nobody asked
 * for ends the connection.
 */
final class BackendConnection extends HttpConnectionOverHTTP {
    private final long framingAtMost;
    private volatile boolean doubtful;
    private long framing; // of the thread that reads
    private volatile boolean heard; // whether anything has come since it was used last
    private volatile boolean ahead;
    private final KeepAlive keepAlive;
    private final ConnectionAge age;
    private final long unusedMillis;

    private BackendConnection(EndPoint endPoint, Map<String, Object> context) {
        super(endPoint, context);
        keepAlive = KeepAlive.of(getHttpDestination());
        age = new ConnectionAge(keepAlive, System.nanoTime(), KeepAlive.chance());
        unusedMillis = getHttpDestination().getHttpClient().getIdleTimeout();
        framingAtMost =
                AnswerRules.framingAtMost(getHttpDestination().getHttpClient().getMaxResponseHeadersSize());
    }

    /** HTTP/1.1 with connections of this kind, to be chosen by name or by ALPN. */
    static final class Http11 extends ClientConnectionFactory.Info {
        Http11() {
            super(new ClientConnectionFactory() {
                @Override
                public Connection newConnection(EndPoint endPoint, Map<String, Object> context) {
                    return customize(new BackendConnection(endPoint, context), context);
                }
            });
        }

        @Override
        public List<String> getProtocols(boolean secure) {
            return List.of("http/1.1");
        }
    }

    /** It was opened for whoever comes. To be called before anybody can come. */
    void openedAhead() {
        ahead = true;
        long now = System.nanoTime();
        age.idleFrom(now);
        getEndPoint().setIdleTimeout(age.millisLeft(now, unusedMillis));
    }

    /** Whether its backend may have closed it before it is used. */
    boolean mayBeStale() {
        return ahead || getMessagesIn() > 0;
    }

    private void ended() {
        long now = System.nanoTime();
        keepAlive.ended(now, age.idle(now), age.wasUsed());
    }

    @Override
    protected HttpChannelOverHTTP newHttpChannel() {
        return new Channel(this);
    }

    /** Bytes that come while no answer is awaited could be parsed half now and half as the next answer. */
    @Override
    protected void addBytesIn(long bytes) {
        super.addBytesIn(bytes);
        if (getHttpChannel().getHttpExchange() == null) {
            if (age.hasWaited()) ended();
            close();
        }
        heard = true;
        framing += bytes;
        if (framing > framingAtMost) throw new IllegalStateException("endless framing"); // Fails the answer.
    }

    @Override
    public void release() {
        long now = System.nanoTime();
        age.used();
        age.idleFrom(now);
        heard = false;
        if (doubtful || age.left(now) <= 0) {
            close();
            return;
        }
        // Instead of what Jetty restores here: what is known of the backend by now.
        getEndPoint().setIdleTimeout(age.millisLeft(now, unusedMillis));
        getHttpDestination().release(this);
    }

    private static final class Channel extends HttpChannelOverHTTP {
        private Channel(BackendConnection connection) {
            super(connection);
        }

        @Override
        protected HttpReceiverOverHTTP newHttpReceiver() {
            return new Receiver(this);
        }
    }

    private static final class Receiver extends HttpReceiverOverHTTP {
        private Receiver(Channel channel) {
            super(channel);
        }

        @Override
        public void parsedHeader(HttpField field) {
            if (field.getHeader() == HttpHeader.KEEP_ALIVE
                    && getHttpChannel().getHttpConnection() instanceof BackendConnection connection)
                connection.age.announced(KeepAlive.announced(field.getValue()));
            super.parsedHeader(field);
        }

        /** While nobody uses it, or just as a request was sent. */
        @Override
        public void earlyEOF() {
            if (getHttpChannel().getHttpConnection() instanceof BackendConnection connection
                    && connection.age.hasWaited()
                    && !connection.heard
                    && !connection.isClosed()) connection.ended();
            super.earlyEOF();
        }

        @Override
        public boolean headerComplete() {
            progressed();
            return super.headerComplete();
        }

        @Override
        public boolean content(ByteBuffer buffer) {
            progressed();
            return super.content(buffer);
        }

        private void progressed() {
            if (getHttpChannel().getHttpConnection() instanceof BackendConnection connection) connection.framing = 0;
        }

        @Override
        public boolean messageComplete() {
            HttpExchange exchange = getHttpExchange();
            // Jetty forgives a missing end of the trailers; but then some of them may be missing too (RFC 9112 §7.1).
            if (exchange != null
                    && isShutdown()
                    && exchange.getResponse().getHeaders().contains(HttpHeader.TRANSFER_ENCODING)) {
                earlyEOF();
                return false;
            }
            if (exchange != null
                    && isDoubtful(exchange.getResponse())
                    && getHttpChannel().getHttpConnection() instanceof BackendConnection connection) {
                connection.doubtful = true;
            }
            return super.messageComplete();
        }

        /** Called with the answer's last byte, so that what is still in the buffer came behind it. */
        private boolean isDoubtful(Response response) {
            // Behind an interim answer the final one may follow at once.
            if (HttpStatus.isInterim(response.getStatus())) return false;
            ByteBuffer rest = getResponseBuffer();
            if (rest != null && rest.hasRemaining()) return true;
            return AnswerRules.mayBeFollowed(response.getStatus(), response.getHeaders());
        }
    }
}
