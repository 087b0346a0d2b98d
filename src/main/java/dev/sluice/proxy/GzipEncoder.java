package dev.sluice.proxy;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** The gzip format (RFC 1952) around the JDK's deflate. 256 KiB. */
final class GzipEncoder implements Encoder {
    /** One below the usual 6: answers are compressed while others wait. */
    private static final int LEVEL = 5;
    /** No name, no time, no system. */
    private static final byte[] HEADER = {0x1f, (byte) 0x8b, Deflater.DEFLATED, 0, 0, 0, 0, 0, 0, (byte) 0xff};

    private static final int TRAILER = 8;

    private final Deflater deflater = new Deflater(LEVEL, true);
    private final CRC32 sum = new CRC32();
    private boolean begun;

    @Override
    public boolean encode(ByteBuffer in, boolean last, ByteBuffer out) {
        if (!begun) out.put(HEADER);
        begun = true;
        ByteBuffer taken = in.duplicate();
        deflater.setInput(in);
        if (last) deflater.finish();
        if (!deflater.finished()) deflater.deflate(out, last ? Deflater.NO_FLUSH : Deflater.SYNC_FLUSH);
        sum.update(taken.limit(in.position()));
        // Only when there is room left has nothing been held back.
        if (!last) return !in.hasRemaining() && out.hasRemaining();
        if (!deflater.finished() || out.remaining() < TRAILER) return false;
        out.putInt(Integer.reverseBytes((int) sum.getValue()));
        out.putInt(Integer.reverseBytes((int) deflater.getBytesRead()));
        return true;
    }

    @Override
    public boolean renew() {
        deflater.reset();
        sum.reset();
        begun = false;
        return true;
    }

    @Override
    public void close() {
        deflater.end();
    }
}
