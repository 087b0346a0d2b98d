package dev.sluice.proxy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.Trailers;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * What an exchange does for the copy of its request: it hands over what comes of the body, and says when the request itself
 * has left. The copy is made while the request is there for sure, and sent after it.
 */
final class MirrorTap {
    private static final byte[] NOTHING = {};

    private final Mirror mirror;
    private final ReverseProxy proxy;
    private final Target target;
    private final Request in;
    private final boolean hasBody;
    private final AtomicBoolean decided = new AtomicBoolean();
    private final AtomicReference<@Nullable MirrorCopy> ready = new AtomicReference<>();
    private volatile boolean over;

    // Of the one who reads the body.
    private byte[] bytes = NOTHING;
    private int length;

    MirrorTap(Mirror mirror, ReverseProxy proxy, Target target, Request in, boolean hasBody) {
        this.mirror = mirror;
        this.proxy = proxy;
        this.target = target;
        this.in = in;
        this.hasBody = hasBody;
    }

    /** The request is about to be sent. */
    void sending() {
        if (!hasBody) make(null);
    }

    /** One more chunk of the body has come; only by the one who reads it, and while the request is there. */
    void add(Content.Chunk chunk) {
        if (decided.get()) return;
        if (length + chunk.remaining() > Mirror.MOST_BODY) {
            leaveOut("its body is too long");
            return;
        }
        append(chunk.getByteBuffer().slice());
        long announced = in.getLength();
        // Of a body of that length nothing follows, and the answer may be there before somebody asks for the end.
        boolean whole = announced < 0 ? chunk.isLast() : length == announced;
        if (whole) {
            HttpFields trailers = chunk instanceof Trailers t ? t.getTrailers() : null;
            make(new CopiedBody(ByteBuffer.wrap(bytes, 0, length), announced, trailers));
            bytes = NOTHING;
        } else if (chunk.isLast() || (announced >= 0 && length > announced)) {
            leaveOut("its body is not what was announced");
        }
    }

    private void append(ByteBuffer more) {
        int together = length + more.remaining();
        if (together > bytes.length)
            bytes = Arrays.copyOf(bytes, Math.min(Mirror.MOST_BODY, Math.max(together, 2 * bytes.length)));
        more.get(bytes, length, more.remaining());
        length = together;
    }

    private void make(@Nullable BackendBody body) {
        if (!decided.compareAndSet(false, true)) return;
        ready.set(mirror.copy(proxy, target, in, body));
        // Published first, then looked at: who ends the exchange does it the other way round.
        if (over) sent();
    }

    private void leaveOut(String why) {
        bytes = NOTHING;
        if (decided.compareAndSet(false, true)) mirror.leftOut(why);
    }

    /** All of the request has left: now the copy may. */
    void sent() {
        MirrorCopy copy = ready.getAndSet(null);
        if (copy != null) copy.send();
    }

    /** The exchange is over, and nobody reads any more. */
    void end() {
        over = true;
        if (decided.compareAndSet(false, true)) mirror.leftOut("its exchange ended before all of it had come");
        else sent();
    }
}
