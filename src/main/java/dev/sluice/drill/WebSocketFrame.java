package dev.sluice.drill;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * A frame of a WebSocket (RFC 6455 §5.2) with at most 65,535 bytes, which is more than a drill sends.
 *
 * @param opcode {@link #TEXT}, {@link #CLOSE}, {@link #PING} or {@link #PONG}, or another one
 */
record WebSocketFrame(int opcode, byte[] payload) {
    static final int TEXT = 0x1;
    static final int CLOSE = 0x8;
    static final int PING = 0x9;
    static final int PONG = 0xA;

    private static final int FIN = 0x80;
    private static final int MASKED = 0x80;
    private static final int SHORT_LENGTH = 126;
    private static final int MASK = 0x5A17C33C;

    static WebSocketFrame text(String text) {
        return new WebSocketFrame(TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    static WebSocketFrame close(int code) {
        return new WebSocketFrame(CLOSE, new byte[] {(byte) (code >> 8), (byte) code});
    }

    /** What a Close says; 1005 when it says nothing (§7.1.5). */
    int code() {
        return payload.length < 2 ? 1005 : (payload[0] & 0xFF) << 8 | (payload[1] & 0xFF);
    }

    String words() {
        return new String(payload, StandardCharsets.UTF_8);
    }

    /** @param masked as a client's frames are, and a server's are not (§5.1) */
    byte[] bytes(boolean masked) {
        ByteBuffer out = ByteBuffer.allocate(8 + payload.length);
        out.put((byte) (FIN | opcode));
        int mask = masked ? MASKED : 0;
        if (payload.length < SHORT_LENGTH) out.put((byte) (mask | payload.length));
        else out.put((byte) (mask | SHORT_LENGTH)).putShort((short) payload.length);
        if (masked) out.putInt(MASK);
        byte[] body = payload.clone();
        if (masked) unmask(body, MASK);
        byte[] bytes = new byte[out.put(body).position()];
        out.flip().get(bytes);
        return bytes;
    }

    /**
     * Takes the next one out of what has arrived.
     *
     * @return null when it is not there as a whole, and then nothing is taken
     * @throws IllegalArgumentException when it is longer than frames are here
     */
    static @Nullable WebSocketFrame take(ByteBuffer from) {
        ByteBuffer in = from.duplicate();
        if (in.remaining() < 2) return null;
        int opcode = in.get() & 0x0F;
        int second = in.get() & 0xFF;
        int length = second & 0x7F;
        if (length > SHORT_LENGTH) throw new IllegalArgumentException("a frame of 64 KiB or more (expected: less)");
        boolean masked = (second & MASKED) != 0;
        if (in.remaining() < (length == SHORT_LENGTH ? 2 : 0) + (masked ? 4 : 0)) return null;
        if (length == SHORT_LENGTH) length = in.getShort() & 0xFFFF;
        int mask = masked ? in.getInt() : 0;
        if (in.remaining() < length) return null;
        byte[] payload = new byte[length];
        in.get(payload);
        if (masked) unmask(payload, mask);
        from.position(in.position());
        return new WebSocketFrame(opcode, payload);
    }

    private static void unmask(byte[] bytes, int mask) {
        for (int i = 0; i < bytes.length; i++) bytes[i] ^= (byte) (mask >>> (24 - 8 * (i % 4)));
    }

    /** What answers the key of a handshake (§4.2.2). */
    static String accept(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1")
                    .digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-1", e);
        }
    }
}
