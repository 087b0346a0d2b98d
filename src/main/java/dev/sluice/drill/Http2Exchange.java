package dev.sluice.drill;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.RetryableStreamException;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.frames.DataFrame;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Promise;

/** One stream of a client. What Jetty reports may come on several threads, and the end of it in more than one way. */
final class Http2Exchange implements Stream.Listener {
    private final Http2Client client;
    private final Http2Client.Connection connection;
    private final Deed deed;
    private final Sent sent;
    private final Map<String, String> fields = new ConcurrentHashMap<>();
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile int status;
    private volatile long length;

    Http2Exchange(Http2Client client, Http2Client.Connection connection, Deed deed, Sent sent) {
        this.client = client;
        this.connection = connection;
        this.deed = deed;
        this.sent = sent;
    }

    HeadersFrame head(int port, boolean secure, boolean real) {
        HttpFields.Mutable all = HttpFields.build();
        if (!real) all.put(Deed.FIELD, deed.instruction());
        if (deed.events()) all.put("Accept", "text/event-stream");
        if (deed.sendPieces() > 0) all.put("Content-Length", deed.length());
        int question = deed.target().indexOf('?');
        // From its parts: what is parsed might be mended.
        HttpURI uri = HttpURI.from(
                secure ? "https" : "http",
                "127.0.0.1",
                port,
                question < 0 ? deed.target() : deed.target().substring(0, question),
                question < 0 ? null : deed.target().substring(question + 1),
                null);
        var request = new MetaData.Request(deed.method(), uri, HttpVersion.HTTP_2, all, -1);
        return new HeadersFrame(request, null, deed.sendPieces() == 0);
    }

    /** Blocks, at the pace of the deed. */
    void sendBody(Stream stream, Duration patience) throws InterruptedException, ExecutionException, TimeoutException {
        for (int i = 1; i <= deed.sendPieces() && !over.get(); i++) {
            if (i > 1) Pauses.pause(deed.pause());
            var piece = new DataFrame(stream.getId(), ByteBuffer.allocate(deed.sendSize()), i == deed.sendPieces());
            stream.data(piece).get(patience.toMillis(), TimeUnit.MILLISECONDS);
        }
        if (!over.get() && status == 0) sent.phase(Phase.WAITING);
    }

    @Override
    public void onHeaders(Stream stream, HeadersFrame frame) {
        if (frame.getMetaData() instanceof MetaData.Response response) {
            if (response.getStatus() >= 200) {
                status = response.getStatus();
                sent.phase(Phase.RECEIVING);
            }
            for (HttpField field : response.getHttpFields()) {
                String value = field.getValue();
                fields.put(field.getName().toLowerCase(Locale.ROOT), value == null ? "" : value);
            }
        }
        if (frame.isEndStream()) ended();
        else stream.demand();
    }

    @Override
    public void onDataAvailable(Stream stream) {
        while (true) {
            Stream.Data data = stream.readData();
            if (data == null) {
                stream.demand();
                return;
            }
            length += data.frame().getByteBuffer().remaining();
            sent.received(length);
            boolean last = data.frame().isEndStream();
            data.release();
            if (last) {
                ended();
                return;
            }
        }
    }

    @Override
    public void onReset(Stream stream, ResetFrame frame, Callback callback) {
        broken("RST_STREAM " + ErrorCode.toString(frame.getError(), "with code " + frame.getError()));
        callback.succeeded();
    }

    @Override
    public void onFailure(Stream stream, int error, String reason, Throwable failure, Callback callback) {
        broken(
                failure instanceof RetryableStreamException
                        ? "GOAWAY said that it was not taken, though it was sent before that came"
                        : failure == null ? ErrorCode.toString(error, reason) : Client.describe(failure));
        callback.succeeded();
    }

    @Override
    public void onIdleTimeout(Stream stream, TimeoutException timeout, Promise<Boolean> reset) {
        broken("nothing came for too long");
        reset.succeeded(true);
    }

    private void ended() {
        if (!over.compareAndSet(false, true)) return;
        client.settle(sent, deed, new Answer(status, Map.copyOf(fields), length, false), connection.isAnnounced());
        connection.streamEnded();
    }

    void broken(String how) {
        if (!over.compareAndSet(false, true)) return;
        client.ground.log().broken(sent, how);
        connection.streamEnded();
    }

    void sendingFailed(String how) {
        if (!over.get()) broken(how);
    }

    void neverSent() {
        if (!over.compareAndSet(false, true)) return;
        client.ground.log().forget(sent);
        connection.streamEnded();
    }
}
