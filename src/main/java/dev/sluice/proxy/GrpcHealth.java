package dev.sluice.proxy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The two messages of gRPC's health service ({@code grpc.health.v1}), each behind its length as gRPC has it: a flag for
 * compression and four bytes. Written by hand, as they are one field each.
 */
final class GrpcHealth {
    static final String METHOD = "/grpc.health.v1.Health/Check";

    /** The one that is well. */
    static final String SERVING = "SERVING";

    private static final int PREFIX = 5;
    private static final int SERVICE_TAG = 1 << 3 | 2;
    private static final int STATUS_TAG = 1 << 3;
    private static final List<String> STATUSES = List.of("UNKNOWN", SERVING, "NOT_SERVING", "SERVICE_UNKNOWN");

    private GrpcHealth() {}

    /** {@code HealthCheckRequest { string service = 1; }}, where an empty one is left out. */
    static byte[] question(String service) {
        byte[] name = service.getBytes(StandardCharsets.UTF_8);
        ByteBuffer message = ByteBuffer.allocate(PREFIX + 1 + 5 + name.length);
        message.position(PREFIX);
        if (name.length > 0) {
            message.put((byte) SERVICE_TAG);
            int length = name.length;
            for (; length >= 0x80; length >>>= 7) message.put((byte) (length & 0x7F | 0x80));
            message.put((byte) length).put(name);
        }
        message.flip();
        message.putInt(1, message.limit() - PREFIX);
        byte[] bytes = new byte[message.limit()];
        message.get(bytes);
        return bytes;
    }

    /** The name of the status in {@code HealthCheckResponse { ServingStatus status = 1; }}; null when it is none. */
    static @Nullable String status(ByteBuffer answer) {
        if (answer.remaining() < PREFIX || answer.get() != 0 || answer.getInt() != answer.remaining()) return null;
        long status = 0;
        while (answer.hasRemaining()) {
            long tag = varint(answer);
            if (tag == STATUS_TAG) {
                status = varint(answer);
                if (status < 0) return null;
            } else if (tag <= 0 || !skip(answer, (int) tag & 7)) {
                return null;
            }
        }
        return status < STATUSES.size() ? STATUSES.get((int) status) : "status " + status;
    }

    /** Fields that came later than this was written. */
    private static boolean skip(ByteBuffer from, int type) {
        long length = switch (type) {
            case 0 -> varint(from) < 0 ? -1 : 0;
            case 1 -> Long.BYTES;
            case 2 -> varint(from);
            case 5 -> Integer.BYTES;
            default -> -1;
        };
        if (length < 0 || length > from.remaining()) return false;
        from.position(from.position() + (int) length);
        return true;
    }

    /** -1 when it is none, or one that is negative: nothing here can be. */
    private static long varint(ByteBuffer from) {
        long value = 0;
        for (int shift = 0; shift < 63; shift += 7) {
            if (!from.hasRemaining()) return -1;
            byte next = from.get();
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) return value;
        }
        return -1;
    }
}
