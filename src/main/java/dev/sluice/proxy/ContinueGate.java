package dev.sluice.proxy;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Lets a {@code 100 Continue} of the backend through to a client that waits for one, and keeps back the one that Jetty
 * makes of its own as soon as somebody wants to read the body (RFC 9110 §10.1.1). So the body is waited for from the
 * beginning, and a client that does not wait any longer is heard.
 */
final class ContinueGate {
    private final Request request;
    private @Nullable HttpStream stream;

    private ContinueGate(Request request) {
        this.request = request;
    }

    /** A gate for a client that waits, null for any other. To be called before anything is read. */
    static @Nullable ContinueGate on(Request request) {
        if (!request.getHeaders().contains(HttpHeader.EXPECT, "100-continue")) return null;
        ContinueGate gate = new ContinueGate(request);
        request.addHttpStreamWrapper(gate::wrap);
        return gate;
    }

    private HttpStream wrap(HttpStream wrapped) {
        stream = wrapped;
        return new HttpStream.Wrapper(wrapped) {
            @Override
            public void send(
                    MetaData.Request about,
                    MetaData.@Nullable Response response,
                    boolean last,
                    @Nullable ByteBuffer content,
                    Callback callback) {
                if (response != null && response.getStatus() == HttpStatus.CONTINUE_100) callback.succeeded();
                else super.send(about, response, last, content, callback);
            }
        };
    }

    /** Sends the backend's. Not while another response is being written. */
    CompletableFuture<Void> relay() {
        HttpStream to = stream;
        if (to == null || to.isCommitted()) return CompletableFuture.completedFuture(null);
        var version = request.getConnectionMetaData().getHttpVersion();
        var about = new MetaData.Request(
                request.getBeginNanoTime(),
                request.getMethod(),
                request.getHttpURI(),
                version,
                request.getHeaders(),
                request.getLength());
        Callback.Completable sent = new Callback.Completable();
        to.send(
                about,
                new MetaData.Response(HttpStatus.CONTINUE_100, null, version, HttpFields.EMPTY),
                false,
                null,
                sent);
        return sent;
    }
}
