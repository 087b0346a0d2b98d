package dev.sluice.drill;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * A stand-in's end of a WebSocket: sends back what comes, one frame after the other, until a Close. It is made for clients
 * that wait for each echo, so that there is never much to go through in one turn.
 */
final class EchoConnection extends AbstractConnection implements Connection.UpgradeTo {
    private static final int BUFFER = 80 << 10;

    private final ByteBuffer arrived = ByteBuffer.allocate(BUFFER);
    private final Callback written = Callback.from(this::turn, this::close);

    private EchoConnection(EndPoint endPoint, Executor executor) {
        super(endPoint, executor);
        arrived.flip();
    }

    static boolean isAsked(Request request) {
        return request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1
                && "websocket".equalsIgnoreCase(request.getHeaders().get(HttpHeader.UPGRADE));
    }

    /** Answers the handshake (RFC 6455 §4.2.2), and takes the connection over after that. */
    static void take(Request request, Response response, Callback callback) {
        String key = request.getHeaders().get(HttpHeader.SEC_WEBSOCKET_KEY);
        if (key == null) {
            Response.writeError(request, response, callback, HttpStatus.BAD_REQUEST_400);
            return;
        }
        EndPoint endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
        var connection = new EchoConnection(endPoint, request.getComponents().getThreadPool());
        request.setAttribute(HttpStream.UPGRADE_CONNECTION_ATTRIBUTE, connection);
        response.setStatus(HttpStatus.SWITCHING_PROTOCOLS_101);
        response.getHeaders().put(HttpHeader.CONNECTION, "Upgrade");
        response.getHeaders().put(HttpHeader.UPGRADE, "websocket");
        response.getHeaders().put(HttpHeader.SEC_WEBSOCKET_ACCEPT, WebSocketFrame.accept(key));
        callback.succeeded();
    }

    @Override
    public void onUpgradeTo(@Nullable ByteBuffer early) {
        if (early == null) return;
        arrived.compact().put(early).flip();
    }

    @Override
    public void onOpen() {
        super.onOpen();
        turn();
    }

    @Override
    public void onFillable() {
        turn();
    }

    /** One frame, if there is a whole one; else it waits for more. Each step is begun by the end of the one before. */
    private void turn() {
        try {
            WebSocketFrame frame = WebSocketFrame.take(arrived);
            while (frame == null) {
                BufferUtil.compact(arrived);
                int filled = getEndPoint().fill(arrived);
                if (filled < 0) {
                    close();
                    return;
                }
                if (filled == 0) {
                    fillInterested();
                    return;
                }
                frame = WebSocketFrame.take(arrived);
            }
            answer(frame);
        } catch (IOException | IllegalArgumentException e) {
            close();
        }
    }

    private void answer(WebSocketFrame frame) {
        switch (frame.opcode()) {
            case WebSocketFrame.CLOSE -> write(frame, Callback.from(this::close, this::close));
            case WebSocketFrame.PING -> write(new WebSocketFrame(WebSocketFrame.PONG, frame.payload()), written);
            case WebSocketFrame.PONG -> turn();
            default -> write(frame, written);
        }
    }

    private void write(WebSocketFrame frame, Callback callback) {
        getEndPoint().write(callback, ByteBuffer.wrap(frame.bytes(false)));
    }

    private void close(Throwable failure) {
        close();
    }
}
