package dev.sluice.drill;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable;

/** What a stand-in does with one request: takes its body, waits, answers piece by piece. Holds no thread meanwhile. */
final class StandInAnswer {
    private final Request request;
    private final Response response;
    private final Callback callback;
    private final Deed deed;
    private final Invocable.Task more = Invocable.from(Invocable.InvocationType.NON_BLOCKING, this::take);
    private long taken;

    StandInAnswer(Request request, Response response, Callback callback) {
        this.request = request;
        this.response = response;
        this.callback = callback;
        String instruction = request.getHeaders().get(Deed.FIELD);
        deed = Deed.instructed(request.getMethod(), instruction == null ? "" : instruction);
    }

    /** Reads the body, as it comes. */
    void take() {
        while (true) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                request.demand(more);
                return;
            }
            if (Content.Chunk.isFailure(chunk)) {
                callback.failed(chunk.getFailure());
                return;
            }
            taken += chunk.remaining();
            boolean last = chunk.isLast();
            chunk.release();
            if (last) break;
        }
        if (deed.delay().isZero()) begin();
        else after(deed.delay(), this::begin);
    }

    private void begin() {
        response.getHeaders().put(Deed.TAKEN, taken);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, deed.events() ? "text/event-stream" : "text/plain");
        if (!deed.events()) response.getHeaders().put(HttpHeader.CONTENT_LENGTH, deed.expected());
        if (deed.expected() == 0) callback.succeeded();
        else give(1);
    }

    private void give(int piece) {
        boolean last = piece == deed.givePieces();
        Runnable then = last ? callback::succeeded : () -> after(deed.pause(), () -> give(piece + 1));
        response.write(last, body(piece), Callback.from(Invocable.InvocationType.NON_BLOCKING, then, callback::failed));
    }

    private ByteBuffer body(int piece) {
        byte[] bytes = new byte[deed.giveSize()];
        Arrays.fill(bytes, (byte) '.');
        if (deed.events() && bytes.length >= 32) {
            byte[] head = ("data: event " + piece + " ").getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(head, 0, bytes, 0, head.length);
            bytes[bytes.length - 2] = '\n';
            bytes[bytes.length - 1] = '\n';
        }
        return ByteBuffer.wrap(bytes);
    }

    private void after(Duration delay, Runnable step) {
        var unused = request.getComponents().getScheduler().schedule(step, delay.toNanos(), TimeUnit.NANOSECONDS);
    }
}
