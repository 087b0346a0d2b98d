package dev.sluice.listener;

import dev.sluice.config.ServerConfig;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.api.server.ServerSessionListener;
import org.eclipse.jetty.http2.frames.PingFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.http2.frames.SettingsFrame;
import org.eclipse.jetty.http2.hpack.HpackException;
import org.eclipse.jetty.http2.server.AbstractHTTP2ServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.http2.server.internal.HTTP2ServerConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.io.RateControl;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/2 from clients, with what Jetty's lacks:
 *
 * <ul>
 *   <li>When the connection has ended, so have its streams, and what works for them is told at once. Jetty by itself goes on
 *       with streams whose request is complete until it fails to write to them.
 *   <li>A connection that has failed is closed, also when the client reads nothing of what it is told at the end.
 *   <li>A malformed request is a stream error (RFC 9113 §8.1.1), and not only a 400.
 *   <li>A {@link FrameBudget}, a {@link FrameWatch} and a {@link FrameWindow} for each connection.
 *   <li>A {@link Farewell} with two GOAWAYs, a round trip apart.
 * </ul>
 */
final class PromptHttp2 {
    /** How long a client has to take the GOAWAY with which its connection ends. */
    private static final int GOODBYE_SECONDS = 2;

    private PromptHttp2() {}

    /** The factory for TLS listeners. */
    static final class OverTls extends HTTP2ServerConnectionFactory {
        private final Farewells farewells = Farewells.of(this);

        OverTls(HttpConfiguration http, ServerConfig limits) {
            super(http);
            limit(this, limits);
        }

        @Override
        protected ServerSessionListener newSessionListener(Connector connector, EndPoint endPoint) {
            return new Prompt(this, connector, endPoint, farewells);
        }

        /** What a session tells, of either factory. It stands here because Jetty's class is for those who extend this factory. */
        static final class Prompt extends HTTPServerSessionListener {
            private final Connector connector;
            private final EndPoint endPoint;
            private final Farewells farewells;
            private @Nullable Farewell farewell; // of the thread that reads

            Prompt(HTTP2ServerConnectionFactory factory, Connector connector, EndPoint endPoint, Farewells farewells) {
                factory.super(endPoint);
                this.connector = connector;
                this.endPoint = endPoint;
                this.farewells = farewells;
            }

            @Override
            public void onAccept(Session session) {
                if (!(session instanceof HTTP2Session accepted)) return;
                accepted.addEventListener(new FrameWatch());
                Farewell own = new Farewell(accepted, connector, farewells);
                farewell = own;
                accepted.addEventListener(own);
                endPoint.getConnection().addEventListener(own);
                farewells.add(own);
            }

            @Override
            public void onSettings(Session session, SettingsFrame frame) {
                if (farewell != null) farewell.greeted();
            }

            @Override
            public void onPing(Session session, PingFrame frame) {
                if (farewell != null) farewell.answered(frame);
            }

            @Override
            public void onStreamFailure(Stream stream, Throwable failure, Callback callback) {
                if (isMalformed(failure)) reset(stream, callback);
                else super.onStreamFailure(stream, failure, callback);
            }

            @Override
            public void onFailure(Session session, Throwable failure, Callback callback) {
                failStreams(session, endPoint);
                boolean mayBeSending = !endPoint.isInputShutdown();
                if (mayBeSending) lingerBehindGoAway();
                super.onFailure(session, failure, callback);
                if (mayBeSending) closeSoon();
            }

            /** Who is cut in the middle of a flood is still sending: a reset would take the GOAWAY from it. */
            private void lingerBehindGoAway() {
                ArmedEndPoint socket = ArmedEndPoint.below(endPoint);
                if (socket != null && connector instanceof ListenerConnector listener)
                    socket.lingerWith(listener.lingering(), Lingering.GOAWAY_NANOS);
            }

            /**
             * Whoever reads nothing cannot be sent a GOAWAY, and Jetty, which closes behind it, does not look at the idle
             * timeout of a connection that it has stopped reading from.
             */
            private void closeSoon() {
                // Not on the scheduler's thread, which keeps time for others too.
                Runnable close = () -> connector.getExecutor().execute(endPoint::close);
                connector.getScheduler().schedule(close, GOODBYE_SECONDS, TimeUnit.SECONDS);
            }
        }
    }

    /**
     * The factory for plain listeners. It upgrades to HTTP/2, but not with a request that has a body: Jetty looks at
     * Content-Length only, and would read a chunked body as frames. To ignore an Upgrade is always allowed (RFC 9110 §7.8).
     */
    static final class Plain extends HTTP2CServerConnectionFactory {
        private final Farewells farewells = Farewells.of(this);

        Plain(HttpConfiguration http, ServerConfig limits) {
            super(http);
            limit(this, limits);
        }

        @Override
        public @Nullable Connection upgradeConnection(
                Connector connector, EndPoint endPoint, MetaData.Request request, HttpFields.Mutable response101) {
            if (request.getHttpFields().contains(HttpHeader.TRANSFER_ENCODING)) return null;
            return super.upgradeConnection(connector, endPoint, request, response101);
        }

        @Override
        protected ServerSessionListener newSessionListener(Connector connector, EndPoint endPoint) {
            return new OverTls.Prompt(this, connector, endPoint, farewells);
        }
    }

    private static void limit(AbstractHTTP2ServerConnectionFactory factory, ServerConfig limits) {
        // Jetty's would reset a stream whose backend is slow, and hear no reset after the first. Exchanges keep time.
        factory.setStreamIdleTimeout(-1);
        factory.setFlowControlStrategyFactory(FrameWindow::new);
        factory.setMaxConcurrentStreams(limits.http2MaxStreams());
        int perSecond = limits.http2FramesPerSecond();
        factory.setRateControlFactory(new RateControl.Factory() {
            @Override
            public RateControl newRateControl(EndPoint endPoint) {
                // A page that is left cancels all its streams at once, and a backend that dies breaks off as many.
                // Asked for the streams only now: Jetty XML may have set another number.
                int atOnce = Math.max(perSecond, 2 * factory.getMaxConcurrentStreams());
                return new FrameBudget(perSecond, atOnce, System::nanoTime);
            }
        });
    }

    /** Whether a request breaks the rules of HTTP/2; one whose URI cannot be read is answered with 400. */
    private static boolean isMalformed(Throwable failure) {
        return failure.getCause() instanceof HpackException.StreamException broken && broken.getCause() == null;
    }

    private static void reset(Stream stream, Callback callback) {
        stream.reset(new ResetFrame(stream.getId(), ErrorCode.PROTOCOL_ERROR.code), callback);
    }

    private static void failStreams(Session session, EndPoint endPoint) {
        if (!(endPoint.getConnection() instanceof HTTP2ServerConnection connection)) return;
        EofException gone = new EofException("client closed the connection");
        for (Stream stream : session.getStreams()) connection.onStreamFailure(stream, gone, Callback.NOOP);
    }
}
