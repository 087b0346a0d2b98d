package dev.sluice.proxy;

import java.nio.ByteBuffer;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Follows the frames of one direction of a WebSocket (RFC 6455 §5.2) without touching them: to know where one message ends
 * and the next has not begun, which is the only place where somebody else may end the conversation. Not safe for use by
 * several threads.
 */
final class WebSocketFrames {
    private static final int CLOSE = 0x8;
    private static final int GOING_AWAY = 1001;

    private final byte[] head = new byte[14];
    private int headLength;
    private long payloadLeft;
    private boolean inMessage;
    private boolean closed;

    /** Whether a message has ended and no other begun: a frame of one's own may follow. */
    boolean isBetweenMessages() {
        return headLength == 0 && payloadLeft == 0 && !inMessage;
    }

    /** Whether a Close has passed: nothing may follow it (§5.5.1). */
    boolean isClosed() {
        return closed;
    }

    /** Follows what is passed on. */
    void follow(ByteBuffer bytes) {
        follow(bytes, false);
    }

    /**
     * Follows it as far as the end of the message that has begun.
     *
     * @return how many of the bytes belong to that
     */
    int followToEndOfMessage(ByteBuffer bytes) {
        return follow(bytes, true);
    }

    private int follow(ByteBuffer bytes, boolean stopsBetweenMessages) {
        int at = bytes.position();
        int end = bytes.limit();
        while (at < end) {
            if (stopsBetweenMessages && isBetweenMessages()) break;
            if (payloadLeft > 0) {
                long part = Math.min(payloadLeft, end - at);
                payloadLeft -= part;
                at += (int) part;
            } else {
                head[headLength++] = bytes.get(at++);
                if (headLength >= 2 && headLength == headSize()) begin();
            }
        }
        return at - bytes.position();
    }

    private int headSize() {
        int length = head[1] & 0x7F;
        int extended = length == 126 ? 2 : length == 127 ? 8 : 0;
        int mask = (head[1] & 0x80) != 0 ? 4 : 0;
        return 2 + extended + mask;
    }

    private void begin() {
        int length = head[1] & 0x7F;
        long payload = length;
        if (length >= 126) {
            payload = 0;
            for (int i = 0; i < (length == 126 ? 2 : 8); i++) payload = payload << 8 | (head[2 + i] & 0xFF);
        }
        // The highest bit must be 0 (§5.2). Who sets it is not understood by the other end either.
        payloadLeft = payload & Long.MAX_VALUE;
        int opcode = head[0] & 0x0F;
        boolean control = opcode >= CLOSE;
        if (!control) inMessage = (head[0] & 0x80) == 0;
        closed |= opcode == CLOSE;
        headLength = 0;
    }

    /**
     * A Close that says that this server is going away (§7.4.1).
     *
     * @param masked as a client's frames are, and a server's are not (§5.1)
     */
    static ByteBuffer goingAway(boolean masked) {
        ByteBuffer frame = ByteBuffer.allocate(8).put((byte) (0x80 | CLOSE));
        if (!masked) return frame.put((byte) 2).putShort((short) GOING_AWAY).flip();
        int mask = ThreadLocalRandom.current().nextInt();
        frame.put((byte) (0x80 | 2)).putInt(mask);
        return frame.putShort((short) (GOING_AWAY ^ (mask >>> 16))).flip();
    }
}
