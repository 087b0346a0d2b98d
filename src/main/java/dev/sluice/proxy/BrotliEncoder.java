package dev.sluice.proxy;

import com.aayushatharva.brotli4j.Brotli4jLoader;
import com.aayushatharva.brotli4j.encoder.Encoder.Mode;
import com.aayushatharva.brotli4j.encoder.EncoderJNI;
import com.aayushatharva.brotli4j.encoder.EncoderJNI.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Brotli (RFC 7932). About 1.3 MiB. */
final class BrotliEncoder implements Encoder {
    /** The usual 11 is meant for files that are compressed once. */
    private static final int QUALITY = 4;
    /** How far back it looks: 256 KiB. */
    private static final int WINDOW_LOG = 18;

    private static final int STEP = 16_384;

    private final EncoderJNI.Wrapper wrapper;
    private Operation step = Operation.PROCESS;
    private boolean told;
    /** What is to be given. It is the library's memory until the next step. */
    private @Nullable ByteBuffer output;

    BrotliEncoder() {
        try {
            wrapper = new EncoderJNI.Wrapper(STEP, QUALITY, WINDOW_LOG, Mode.GENERIC);
        } catch (IOException e) {
            throw new IllegalStateException("no brotli encoder", e);
        }
    }

    /** Throws whatever the library does where it is not, or does not work on this machine. */
    static void require() {
        Brotli4jLoader.ensureAvailability();
    }

    @Override
    public boolean encode(ByteBuffer in, boolean last, ByteBuffer out) {
        while (true) {
            if (!wrapper.isSuccess()) throw new IllegalStateException("brotli failed");
            ByteBuffer given = output;
            if (given != null) {
                give(given, out);
                if (given.hasRemaining()) return false;
                output = null;
            } else if (wrapper.hasMoreOutput()) {
                output = wrapper.pull();
            } else if (wrapper.hasRemainingInput()) {
                wrapper.push(step, 0);
            } else if (in.hasRemaining() || !told || (last && !wrapper.isFinished())) {
                push(in, last);
            } else {
                told = false;
                return true;
            }
        }
    }

    private void push(ByteBuffer in, boolean last) {
        ByteBuffer input = wrapper.getInputBuffer().clear();
        give(in, input);
        told = !in.hasRemaining();
        step = !told ? Operation.PROCESS : last ? Operation.FINISH : Operation.FLUSH;
        wrapper.push(step, input.position());
    }

    private static void give(ByteBuffer from, ByteBuffer to) {
        int length = Math.min(from.remaining(), to.remaining());
        to.put(to.position(), from, from.position(), length).position(to.position() + length);
        from.position(from.position() + length);
    }

    @Override
    public boolean renew() {
        return false; // The library knows no second beginning.
    }

    @Override
    public void close() {
        wrapper.destroy();
    }
}
