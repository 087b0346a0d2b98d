package dev.sluice.drill;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;

/** One stream of a client: written by its thread, and read by that of the connection. It ends once. */
final class Http2Exchange {
    private final Http2Client client;
    private final Deed deed;
    private final Sent sent;
    private final Map<String, String> fields = new ConcurrentHashMap<>();
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile int status;
    private long length;
    private int untold;

    Http2Exchange(Http2Client client, Deed deed, Sent sent) {
        this.client = client;
        this.deed = deed;
        this.sent = sent;
    }

    MetaData.Request head(int port, boolean secure, boolean real) {
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
        return new MetaData.Request(deed.method(), uri, HttpVersion.HTTP_2, all, -1);
    }

    void waits() {
        if (!over.get() && status == 0) sent.phase(Phase.WAITING);
    }

    /** The head of the answer, or an interim one. */
    void headed(MetaData.Response response) {
        if (response.getStatus() < 200) return;
        status = response.getStatus();
        sent.phase(Phase.RECEIVING);
        for (HttpField field : response.getHttpFields()) {
            String value = field.getValue();
            fields.put(field.getName().toLowerCase(Locale.ROOT), value == null ? "" : value);
        }
    }

    void took(int bytes) {
        length += bytes;
        sent.received(length);
    }

    /** @return bytes that have come since the other end was told last */
    int untold(int more) {
        untold += more;
        return untold;
    }

    /** @return what it is to be told */
    int tell() {
        int told = untold;
        untold = 0;
        return told;
    }

    /** @param told whether the connection was announced to end */
    void ended(boolean told) {
        if (!over.compareAndSet(false, true)) return;
        client.settle(sent, deed, new Answer(status, Map.copyOf(fields), length, false), told);
        client.streamEnded();
    }

    void broken(String how) {
        if (!over.compareAndSet(false, true)) return;
        client.ground.log().broken(sent, how);
        client.streamEnded();
    }

    void neverSent() {
        if (!over.compareAndSet(false, true)) return;
        client.ground.log().forget(sent);
        client.streamEnded();
    }
}
