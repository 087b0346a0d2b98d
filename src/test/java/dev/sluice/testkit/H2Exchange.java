package dev.sluice.testkit;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.frames.DataFrame;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** One HTTP/2 stream. Data is asked for only when the test does, so that flow control stalls the peer otherwise. */
public final class H2Exchange implements TestExchange, Stream.Listener {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<TestHead> interims = new ArrayList<>();
    private final Deque<TestHead> unreadInterims = new ArrayDeque<>();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private int bodyTaken;
    private @Nullable TestHead head;
    private List<Field> trailers = List.of();
    private boolean ended;
    private boolean endedWithHead;
    private boolean available;
    private @Nullable String failure;
    private int resetCode = -1;
    private @Nullable Stream stream;

    void opened(Stream opened) {
        stream = opened;
    }

    /** The Jetty stream, for what this class does not cover. */
    public Stream stream() {
        Stream opened = stream;
        if (opened == null) throw new IllegalStateException("stream: not open (expected: open)");
        return opened;
    }

    /** The error code of the peer's RST_STREAM (RFC 9113 §7), or -1 when there was none. */
    public int resetCode() {
        lock.lock();
        try {
            return resetCode;
        } finally {
            lock.unlock();
        }
    }

    /** Whether the head of the answer was the end of it, too. */
    public boolean endedWithItsHead() {
        lock.lock();
        try {
            return endedWithHead;
        } finally {
            lock.unlock();
        }
    }

    // Writing

    void send(DataFrame frame) throws IOException {
        H2Client.await(stream().data(frame));
    }

    @Override
    public void write(byte[] piece) throws IOException {
        send(new DataFrame(stream().getId(), ByteBuffer.wrap(piece), false));
    }

    @Override
    public void end(List<Field> lines) throws IOException {
        if (lines.isEmpty()) {
            send(new DataFrame(stream().getId(), ByteBuffer.allocate(0), true));
            return;
        }
        MetaData metaData = new MetaData(HttpVersion.HTTP_2, H2Client.fields(lines));
        H2Client.await(stream().headers(new HeadersFrame(stream().getId(), metaData, null, true)));
    }

    @Override
    public void abort() throws IOException {
        H2Client.await(stream().reset(new ResetFrame(stream().getId(), ErrorCode.CANCEL_STREAM_ERROR.code)));
    }

    // Reading

    @Override
    public TestHead awaitInterim() throws IOException {
        lock.lock();
        try {
            await(() -> !unreadInterims.isEmpty() || head != null);
            TestHead interim = unreadInterims.poll();
            if (interim == null) throw new IOException("final response: " + head + " (expected: an interim one)");
            return interim;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public TestHead awaitHead() throws IOException {
        lock.lock();
        try {
            await(() -> head != null);
            TestHead got = head;
            if (got == null) throw new IOException(failure);
            return got;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public byte[] awaitBody(int n) throws IOException {
        awaitHead();
        lock.lock();
        try {
            while (body.size() - bodyTaken < n) {
                if (ended || failure != null) {
                    throw new EOFException("body ended or broke (" + failure + ") before " + n + " bytes");
                }
                pull();
            }
            byte[] bytes = Arrays.copyOfRange(body.toByteArray(), bodyTaken, bodyTaken + n);
            bodyTaken += n;
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public TestResponse finish() throws IOException {
        TestHead got = awaitHead();
        lock.lock();
        try {
            try {
                while (!ended && failure == null) pull();
                // A reset behind a whole answer only stops the request (RFC 9113 §8.1): the answer is there yet.
                for (Stream.Data data = stream().readData();
                        !ended && data != null;
                        data = stream().readData()) take(data);
            } catch (IOException e) {
                failure = e.toString();
            }
            return new TestResponse(
                    got, body.toByteArray(), trailers, List.copyOf(interims), ended ? null : String.valueOf(failure));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public BodySum sumBody() throws IOException {
        awaitHead();
        BodySum.Running sum = new BodySum.Running();
        lock.lock();
        try {
            while (!ended) {
                pull();
                byte[] piece = body.toByteArray();
                sum.add(piece, 0, piece.length);
                body.reset();
            }
            return sum.sum();
        } finally {
            lock.unlock();
        }
    }

    /** Reads what is there, or asks for data and waits. Called with the lock held, which it gives up while it waits. */
    private void pull() throws IOException {
        Stream.Data data = stream().readData();
        if (data == null) {
            available = false;
            demand();
            await(() -> available || ended);
            return;
        }
        take(data);
    }

    private void take(Stream.Data data) {
        byte[] bytes = new byte[data.frame().getByteBuffer().remaining()];
        data.frame().getByteBuffer().get(bytes);
        body.writeBytes(bytes);
        if (data.frame().isEndStream()) ended = true;
        data.release();
    }

    /** Without the lock: Jetty may call back at once, on this thread or another. */
    private void demand() {
        lock.unlock();
        try {
            stream().demand();
        } finally {
            lock.lock();
        }
    }

    private interface Met {
        boolean test();
    }

    private void await(Met condition) throws IOException {
        long left = Gate.TIMEOUT.toNanos();
        try {
            while (!condition.test()) {
                if (failure != null) throw new IOException(failure);
                if (left <= 0) throw new IOException("nothing within " + Gate.TIMEOUT);
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private void change(Runnable what) {
        lock.lock();
        try {
            what.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onHeaders(Stream from, HeadersFrame frame) {
        change(() -> {
            List<Field> lines = lines(frame.getMetaData().getHttpFields());
            if (frame.getMetaData() instanceof MetaData.Response response) {
                TestHead got = new TestHead("HTTP/2", response.getStatus(), "", lines);
                if (response.getStatus() < 200) {
                    interims.add(got);
                    unreadInterims.add(got);
                } else {
                    head = got;
                    ended = frame.isEndStream();
                    endedWithHead = ended;
                }
            } else {
                trailers = lines;
            }
        });
    }

    private static List<Field> lines(HttpFields fields) {
        List<Field> lines = new ArrayList<>();
        for (HttpField field : fields) {
            String value = field.getValue();
            lines.add(Field.of(field.getName(), value == null ? "" : value));
        }
        return List.copyOf(lines);
    }

    @Override
    public void onDataAvailable(Stream from, boolean immediate) {
        change(() -> available = true);
    }

    @Override
    public void onReset(Stream from, ResetFrame frame, Callback callback) {
        change(() -> {
            resetCode = frame.getError();
            failure = "RST_STREAM " + ErrorCode.toString(frame.getError(), "unknown");
        });
        callback.succeeded();
    }

    @Override
    public void onFailure(Stream from, int error, String reason, Throwable cause, Callback callback) {
        change(() -> failure = "stream failed: " + error + " " + reason + " " + cause);
        callback.succeeded();
    }
}
