package dev.sluice.proxy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpGenerator;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;
import org.eclipse.jetty.util.thread.Invocable;
import org.jspecify.annotations.Nullable;

/**
 * Writes one request to a backend (RFC 9112 §3, §6): the head, with as much of the body as is there, then one chunk of the
 * body at a time, read when the one before has been written.
 */
final class DirectSender extends IteratingCallback {
    private static final byte[] VERSION = " HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CRLF = {'\r', '\n'};
    private static final byte[] LAST_CHUNK = "0\r\n".getBytes(StandardCharsets.US_ASCII);
    /** The length of a chunk in hexadecimal, the ends of lines around it, and the last chunk. */
    private static final int CHUNK_FRAME = 32;

    private final DirectCall call;
    private final EndPoint to;
    private final ByteBufferPool buffers;
    private final @Nullable BackendBody body;
    private final boolean chunked;
    private final Runnable available = Invocable.from(InvocationType.NON_BLOCKING, this::succeeded);

    private @Nullable RetainableByteBuffer head;
    private Content.@Nullable Chunk chunk;
    private long left;
    private boolean begun;
    private boolean last;

    DirectSender(DirectCall call, EndPoint to, ByteBufferPool buffers) {
        this.call = call;
        this.to = to;
        this.buffers = buffers;
        this.body = call.request().body();
        this.left = body == null ? 0 : body.getLength();
        this.chunked = left < 0;
    }

    @Override
    protected Action process() throws Throwable {
        if (last) return Action.SUCCEEDED;
        if (begun) return sendBody();
        begun = true;
        if (body != null) chunk = next(body.read());
        ByteBuffer text = head();
        call.sentSome();
        if (chunk == null) to.write(this, text);
        else if (chunked) to.write(this, text, beforeChunk(chunk), chunk.getByteBuffer(), afterChunk(chunk));
        else to.write(this, text, chunk.getByteBuffer());
        return Action.SCHEDULED;
    }

    private Action sendBody() throws Throwable {
        BackendBody from = body;
        if (from == null) return Action.SUCCEEDED;
        Content.Chunk next = next(from.read());
        if (next == null) {
            from.demand(available);
            return Action.SCHEDULED;
        }
        chunk = next;
        call.sentSome();
        if (chunked) to.write(this, beforeChunk(next), next.getByteBuffer(), afterChunk(next));
        else to.write(this, next.getByteBuffer());
        return Action.SCHEDULED;
    }

    /** Never more or less than the head has announced: the backend would take the rest for another request. */
    private Content.@Nullable Chunk next(Content.@Nullable Chunk read) throws Throwable {
        if (read == null) return null;
        if (Content.Chunk.isFailure(read)) throw new BodyFailure(read.getFailure());
        last = read.isLast();
        if (chunked) return read;
        left -= read.remaining();
        if (left < 0 || (last && left > 0)) {
            read.release();
            throw new BodyFailure(new HttpException.RuntimeException(
                    HttpStatus.BAD_REQUEST_400, "body of another length than its Content-Length"));
        }
        return read;
    }

    /** Sends a request that is nothing but a head. */
    void sendHead() {
        ByteBuffer text;
        try {
            text = head();
        } catch (RuntimeException e) {
            release();
            throw e;
        }
        call.sentSome();
        to.write(new HeadOnly(), text);
    }

    private final class HeadOnly implements Callback {
        @Override
        public void succeeded() {
            release();
            call.sentAll();
        }

        @Override
        public void failed(Throwable cause) {
            release();
            call.notSent(cause);
        }

        @Override
        public InvocationType getInvocationType() {
            return InvocationType.NON_BLOCKING;
        }
    }

    /** The request line and the fields. */
    private ByteBuffer head() {
        Transport.BackendRequest request = call.request();
        HttpFields fields = request.headers();
        int size = request.method().length() + request.target().length() + VERSION.length + 1 + CRLF.length;
        for (HttpField field : fields)
            size += field.getName().length()
                    + 4
                    + (field.getValue() == null ? 0 : field.getValue().length());
        RetainableByteBuffer acquired = buffers.acquire(size, true);
        head = acquired;
        ByteBuffer text = acquired.getByteBuffer();
        BufferUtil.clearToFill(text);
        putLatin1(request.method(), text);
        text.put((byte) ' ');
        putLatin1(request.target(), text);
        text.put(VERSION);
        for (HttpField field : fields) {
            if (field instanceof EncodedField encoded) text.put(encoded.line());
            else HttpGenerator.putTo(field, text);
        }
        text.put(CRLF);
        BufferUtil.flipToFlush(text, 0);
        return text;
    }

    private static void putLatin1(String text, ByteBuffer to) {
        for (int i = 0; i < text.length(); i++) to.put((byte) text.charAt(i));
    }

    private static ByteBuffer beforeChunk(Content.Chunk chunk) {
        if (!chunk.hasRemaining()) return BufferUtil.EMPTY_BUFFER;
        ByteBuffer frame = ByteBuffer.allocate(CHUNK_FRAME);
        putLatin1(Integer.toHexString(chunk.remaining()), frame);
        return frame.put(CRLF).flip();
    }

    private ByteBuffer afterChunk(Content.Chunk chunk) {
        HttpFields trailers = last && body != null ? ResponseHeaders.trailers(body.trailers()) : null;
        int size = CHUNK_FRAME;
        if (trailers != null)
            for (HttpField field : trailers)
                size += field.getName().length() + field.getValue().length() + 4;
        ByteBuffer frame = ByteBuffer.allocate(size);
        if (chunk.hasRemaining()) frame.put(CRLF);
        if (last) {
            frame.put(LAST_CHUNK);
            if (trailers != null) for (HttpField field : trailers) HttpGenerator.putTo(field, frame);
            frame.put(CRLF);
        }
        return frame.flip();
    }

    @Override
    protected void onSuccess() {
        release();
    }

    @Override
    protected void onCompleteSuccess() {
        call.sentAll();
    }

    @Override
    protected void onCompleteFailure(Throwable cause) {
        release();
        if (cause instanceof BodyFailure body) call.bodyFailed(body.getCause());
        else call.notSent(cause);
    }

    private void release() {
        RetainableByteBuffer written = head;
        head = null;
        if (written != null) written.release();
        Content.Chunk sent = chunk;
        chunk = null;
        if (sent != null) sent.release();
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    /** The client's side failed, and not the backend's. */
    private static final class BodyFailure extends Exception {
        private static final long serialVersionUID = 1L;

        BodyFailure(Throwable cause) {
            super(cause);
        }

        @Override
        public synchronized Throwable getCause() {
            return java.util.Objects.requireNonNull(super.getCause());
        }
    }
}
