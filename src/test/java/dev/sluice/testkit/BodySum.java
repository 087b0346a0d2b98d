package dev.sluice.testkit;

import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.CRC32C;

/**
 * Size and CRC-32C of a body, for bodies too large to keep.
 *
 * @param size in bytes
 * @param crc CRC-32C of all bytes in order
 */
public record BodySum(long size, long crc) {
    private static final byte[] PATTERN = pattern();

    /** Counts as bytes go by. Not safe for several threads. */
    public static final class Running {
        private final CRC32C crc = new CRC32C();
        private long size;

        public void add(byte[] bytes, int offset, int length) {
            crc.update(bytes, offset, length);
            size += length;
        }

        public BodySum sum() {
            return new BodySum(size, crc.getValue());
        }
    }

    public static BodySum of(byte[] bytes) {
        Running running = new Running();
        running.add(bytes, 0, bytes.length);
        return running.sum();
    }

    /** The sum of the first {@code size} bytes of the repeating pattern. */
    public static BodySum ofPattern(long size) {
        try {
            return writePattern(OutputStream.nullOutputStream(), size);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The first {@code size} bytes of the repeating pattern. */
    public static byte[] patternBytes(int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) bytes[i] = PATTERN[i % PATTERN.length];
        return bytes;
    }

    /** Writes {@code size} bytes of the repeating pattern without holding more than one piece; returns their sum. */
    public static BodySum writePattern(OutputStream out, long size) throws IOException {
        Running running = new Running();
        for (long left = size; left > 0; ) {
            int piece = (int) Math.min(left, PATTERN.length);
            out.write(PATTERN, 0, piece);
            running.add(PATTERN, 0, piece);
            left -= piece;
        }
        return running.sum();
    }

    /** A piece whose length is no power of two, so that a lost or doubled buffer changes the sum. */
    private static byte[] pattern() {
        byte[] bytes = new byte[65_521];
        int state = 1;
        for (int i = 0; i < bytes.length; i++) {
            state = state * 1_103_515_245 + 12_345;
            bytes[i] = (byte) (state >>> 16);
        }
        return bytes;
    }
}
