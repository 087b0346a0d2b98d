package dev.sluice.proxy;

import com.aayushatharva.brotli4j.decoder.BrotliInputStream;
import com.github.luben.zstd.ZstdInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/** Content codings as others read them. */
final class Decoded {
    /** Reads no more than it needs for the next byte. */
    interface Bytes {
        /** One more, or none at the end. */
        byte[] next() throws IOException;
    }

    private Decoded() {}

    static InputStream of(String coding, InputStream from) throws IOException {
        return switch (coding) {
            case "gzip" -> new GZIPInputStream(from);
            case "br" -> {
                BrotliInputStream brotli = new BrotliInputStream(from);
                brotli.enableEagerOutput(); // As browsers do.
                yield brotli;
            }
            case "zstd" -> new ZstdInputStream(from);
            default -> throw new IllegalArgumentException(coding);
        };
    }

    /** Of a stream that is whole. */
    static byte[] of(String coding, byte[] bytes) throws IOException {
        try (InputStream in = of(coding, new ByteArrayInputStream(bytes))) {
            return in.readAllBytes();
        }
    }

    /** As much as can be read of one that may not be. */
    static byte[] begun(String coding, byte[] bytes) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        try (InputStream in = of(coding, new ByteArrayInputStream(bytes))) {
            for (int next = in.read(); next >= 0; next = in.read()) read.write(next);
        } catch (IOException cut) {
            return read.toByteArray();
        }
        return read.toByteArray();
    }

    /** The next bytes, without a look beyond them, unlike {@link InputStream#readNBytes(int)} of some. */
    static byte[] next(InputStream in, int length) throws IOException {
        byte[] read = new byte[length];
        for (int at = 0; at < length; at++) {
            int next = in.read();
            if (next < 0) throw new IOException("ended after " + at + " of " + length + " bytes");
            read[at] = (byte) next;
        }
        return read;
    }

    static InputStream streamOf(Bytes bytes) {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] next = bytes.next();
                return next.length == 0 ? -1 : next[0] & 0xFF;
            }

            @Override
            public int read(byte[] into, int at, int length) throws IOException {
                if (length == 0) return 0;
                int next = read();
                if (next < 0) return -1;
                into[at] = (byte) next;
                return 1;
            }
        };
    }
}
