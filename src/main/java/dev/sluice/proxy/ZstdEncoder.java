package dev.sluice.proxy;

import com.github.luben.zstd.EndDirective;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.util.Native;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Zstandard (RFC 8878). About 1 MiB. */
final class ZstdEncoder implements Encoder {
    private static final int LEVEL = 3;
    /** How far back it looks: 128 KiB, because the usual 2 MiB are a lot for one of many answers. */
    private static final int WINDOW_LOG = 17;

    private static final int STEP = 8192;

    private final ZstdCompressCtx context = new ZstdCompressCtx();
    private @Nullable ByteBuffer outside;

    ZstdEncoder() {
        configure();
    }

    /** Throws whatever the library does where it is not, or does not work on this machine. */
    static void require() {
        Native.load();
    }

    private void configure() {
        context.setLevel(LEVEL);
        context.setWindowLog(WINDOW_LOG);
    }

    @Override
    public boolean encode(ByteBuffer in, boolean last, ByteBuffer out) {
        if (in.isDirect()) return take(in, last ? EndDirective.END : EndDirective.FLUSH, out);
        // The library takes nothing from the heap.
        ByteBuffer copy = outside == null ? ByteBuffer.allocateDirect(STEP) : outside;
        outside = copy;
        while (true) {
            int length = Math.min(in.remaining(), STEP);
            boolean all = length == in.remaining();
            copy.clear().put(0, in, in.position(), length).limit(length);
            EndDirective how = all ? last ? EndDirective.END : EndDirective.FLUSH : EndDirective.CONTINUE;
            boolean given = take(copy, how, out);
            in.position(in.position() + copy.position());
            if (all && given) return true;
            if (!out.hasRemaining()) return false;
        }
    }

    private boolean take(ByteBuffer in, EndDirective how, ByteBuffer out) {
        return context.compressDirectByteBufferStream(out, in, how);
    }

    @Override
    public boolean renew() {
        context.reset();
        configure();
        return true;
    }

    @Override
    public void close() {
        context.close();
    }
}
