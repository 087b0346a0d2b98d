package dev.sluice.proxy;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** What is left of an exchange while its connection is a tunnel: its numbers, its lease, and its part in a drain. */
final class TunnelExchange implements Tunnel.Progress {
    private final Exchange exchange;
    private final Attempt attempt;
    private final Progress seen;
    private final CompletableFuture<Void> end = new CompletableFuture<>();

    TunnelExchange(Exchange exchange, Attempt attempt, Progress seen) {
        this.exchange = exchange;
        this.attempt = attempt;
        this.seen = seen;
    }

    /** Makes the tunnel, which the end of the request's handling opens towards the client. */
    Tunnel open(Request in, EndPoint client, EndPoint backend, Tunnel.Parts parts) {
        Tunnel tunnel = new Tunnel(client, backend, parts, this);
        Runnable goAway = tunnel::goAway;
        in.setAttribute(HttpStream.UPGRADE_CONNECTION_ATTRIBUTE, tunnel.client());
        in.setAttribute(
                ReverseProxy.TUNNEL_ATTRIBUTE,
                parts.webSocket() ? Map.of("end", end, "goAway", goAway) : Map.of("end", end));
        in.addHttpStreamWrapper(stream -> new EndsUnopened(stream, tunnel));
        backend.upgrade(tunnel.backend());
        return tunnel;
    }

    /**
     * What breaks off a stream of HTTP/2, whatever it has sent and received: Jetty's own end of a failed stream, because
     * closing its end point leaves it in its session once the end of the answer has been sent.
     *
     * @return null when the client's end is a connection
     */
    static @Nullable Consumer<Throwable> streamReset(Request in) {
        if (!Upgrade.isWebSocketStream(in)) return null;
        AtomicReference<HttpStream> found = new AtomicReference<>();
        in.addHttpStreamWrapper(stream -> {
            found.set(stream);
            return stream;
        });
        HttpStream stream = found.get();
        while (stream instanceof HttpStream.Wrapper wrapper) stream = wrapper.getWrapped();
        return Objects.requireNonNull(stream, "a request that ended before its answer")::failed;
    }

    /** A client may leave after the answer was written and before its connection is the tunnel's. */
    private static final class EndsUnopened extends HttpStream.Wrapper {
        private final Tunnel tunnel;

        EndsUnopened(HttpStream wrapped, Tunnel tunnel) {
            super(wrapped);
            this.tunnel = tunnel;
        }

        @Override
        public void succeeded() {
            super.succeeded();
            if (!tunnel.isOpen()) tunnel.breakOff(new EofException("client closed the connection"));
        }

        @Override
        public void failed(Throwable cause) {
            super.failed(cause);
            tunnel.breakOff(cause);
        }
    }

    @Override
    public void toBackend(int bytes) {
        seen.received += bytes;
    }

    @Override
    public void toClient(int bytes) {
        seen.sent += bytes;
    }

    @Override
    public void ended(@Nullable Throwable failure) {
        // The backend did what it was asked for. Who ends such a connection, and how, says nothing about its health.
        attempt.settle(null, null, true);
        exchange.tunnelEnded();
        end.complete(null);
    }
}
