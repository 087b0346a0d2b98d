package dev.sluice.drill;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** A WebSocket for as long as it is left open: a message, its echo, a pause. One request in the eyes of a drill. */
final class WebSocketClient extends Client {
    private static final int GOING_AWAY = 1001;
    private static final int NORMAL = 1000;

    private @Nullable Wire wire;

    WebSocketClient(Ground ground, Lane lane, Deeds deeds) {
        super(ground, lane, deeds);
    }

    @Override
    boolean turn() throws InterruptedException {
        Deed deed = deeds.next();
        Sent sent = ground.log().begin(lane, deed);
        int echoes = 0;
        try {
            wire = Wire.open(ground, lane, sent);
            handshake(wire, deed, sent);
            sent.phase(Phase.OPEN);
            while (true) {
                WebSocketFrame back = say(wire, "message " + echoes);
                if (back.opcode() == WebSocketFrame.CLOSE) {
                    ended(wire, sent, back, echoes, true);
                    break;
                }
                if (!back.words().equals("message " + echoes)) throw new IOException("another message came back");
                echoes++;
                WebSocketFrame end = rest(wire, deed);
                if (end != null) {
                    ended(wire, sent, end, echoes, false);
                    break;
                }
            }
        } catch (NotConnected e) {
            return refused(sent, e);
        } catch (IOException | IllegalArgumentException e) {
            ground.log().broken(sent, describe(e) + " after " + echoes + " messages");
        } finally {
            leave();
        }
        return true;
    }

    private void handshake(Wire on, Deed deed, Sent sent) throws IOException {
        byte[] random = new byte[16];
        ThreadLocalRandom.current().nextBytes(random);
        String key = Base64.getEncoder().encodeToString(random);
        on.head(
                deed.method(),
                deed.target(),
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key
                        + "\r\n" + Deed.FIELD + ": " + deed.instruction() + "\r\n");
        Answer answer = on.answer(deed.method(), sent);
        if (answer.status() != 101) throw new IOException("status " + answer.status() + " in the place of 101");
        if (!WebSocketFrame.accept(key).equals(answer.field("sec-websocket-accept")))
            throw new IOException("the answer to another handshake");
    }

    /** @return its echo, or a Close that was on its way */
    private static WebSocketFrame say(Wire on, String words) throws IOException {
        on.write(WebSocketFrame.text(words).bytes(true));
        return next(on);
    }

    /** The next message, or a Close. */
    private static WebSocketFrame next(Wire on) throws IOException {
        while (true) {
            WebSocketFrame frame = frame(on);
            if (frame.opcode() == WebSocketFrame.PING)
                on.write(new WebSocketFrame(WebSocketFrame.PONG, frame.payload()).bytes(true));
            else if (frame.opcode() != WebSocketFrame.PONG) return frame;
        }
    }

    private static WebSocketFrame frame(Wire on) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(70_000);
        while (true) {
            bytes.put((byte) on.read());
            WebSocketFrame whole = WebSocketFrame.take(bytes.duplicate().flip());
            if (whole != null) return whole;
        }
    }

    /** @return a Close that came meanwhile, or the answer to ours when the drill is over; null for another message */
    private @Nullable WebSocketFrame rest(Wire on, Deed deed) throws IOException {
        if (ground.isEnding()) {
            on.write(WebSocketFrame.close(NORMAL).bytes(true));
            return next(on);
        }
        try {
            on.peek((int) deed.pause().toMillis());
        } catch (SocketTimeoutException quiet) {
            return null;
        }
        WebSocketFrame came = next(on);
        if (came.opcode() != WebSocketFrame.CLOSE) throw new IOException("a message that nobody asked for");
        return came;
    }

    private void ended(Wire on, Sent sent, WebSocketFrame end, int echoes, boolean crossed) {
        String how =
                "Close " + end.code() + " after " + echoes + " messages" + (crossed ? " (another one crossed it)" : "");
        boolean inOrder = end.code() == GOING_AWAY || (end.code() == NORMAL && ground.isEnding());
        if (!inOrder) {
            ground.log().broken(sent, how);
            return;
        }
        ground.log().finished(sent, end.code() == GOING_AWAY, how);
        // Whoever said it first waits for the answer (§5.5.1), and for no more: that it cannot be told is no loss.
        if (end.code() == GOING_AWAY)
            on.tryToWrite(WebSocketFrame.close(GOING_AWAY).bytes(true));
    }

    @Override
    void leave() {
        if (wire != null) wire.close();
        wire = null;
    }
}
