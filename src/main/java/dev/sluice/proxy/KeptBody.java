package dev.sluice.proxy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.eclipse.jetty.io.Content;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of a body, kept as long as it may have to be sent again. The first chunk is kept as it is, which costs no
 * copy, only a buffer that is given back later; what follows is copied, because many small chunks may each hold a large
 * buffer. Not safe for use by several threads.
 */
final class KeptBody {
    private static final int NOTHING_TO_REPEAT = 2;

    private final int most;
    private Content.@Nullable Chunk first;
    private byte @Nullable [] rest;
    private int restLength;
    private boolean last;
    private boolean whole = true;
    private boolean keeping = true;
    private int repeated = NOTHING_TO_REPEAT;

    /** @param most how many bytes are kept when they come in more than one chunk */
    KeptBody(int most) {
        this.most = most;
    }

    /** Whether all that came can be read again. */
    boolean isWhole() {
        return whole;
    }

    /** From now on what was kept is read again, before anything else. */
    void rewind() {
        repeated = first == null ? NOTHING_TO_REPEAT : 0;
    }

    /** Whether something is there to be read again. */
    boolean repeats() {
        return repeated < NOTHING_TO_REPEAT && first != null;
    }

    /** The next of it, to be released by the caller. */
    Content.Chunk repeat() {
        if (repeated == 0 && first != null) {
            repeated = rest == null ? NOTHING_TO_REPEAT : 1;
            boolean isLast = first.isLast() || (last && rest == null);
            return Content.Chunk.asChunk(first.getByteBuffer().slice(), isLast, retained(first));
        }
        repeated = NOTHING_TO_REPEAT;
        byte[] bytes = rest == null ? new byte[0] : rest;
        return Content.Chunk.from(ByteBuffer.wrap(bytes, 0, restLength).slice(), last);
    }

    /**
     * One more chunk came.
     *
     * @return what is not kept any more, for the caller to release; or null
     */
    Content.@Nullable Chunk keep(Content.Chunk chunk) {
        last |= chunk.isLast();
        if (!whole || !chunk.hasRemaining()) return null;
        if (keeping && first == null && chunk.canRetain()) {
            first = Content.Chunk.asChunk(chunk.getByteBuffer().slice(), chunk.isLast(), retained(chunk));
            return null;
        }
        if (keeping && first != null && first.remaining() + restLength + chunk.remaining() <= most) {
            append(chunk.getByteBuffer().slice());
            return null;
        }
        return drop();
    }

    private void append(ByteBuffer bytes) {
        byte[] to = rest == null ? new byte[Math.min(most, Math.max(1024, 2 * bytes.remaining()))] : rest;
        int length = restLength + bytes.remaining();
        if (length > to.length) to = Arrays.copyOf(to, Math.min(most, Math.max(length, 2 * to.length)));
        bytes.get(to, restLength, bytes.remaining());
        rest = to;
        restLength = length;
    }

    /**
     * Keeps no more, and nothing of what was kept but what is still to be read again.
     *
     * @return for the caller to release, or null
     */
    Content.@Nullable Chunk stop() {
        keeping = false;
        return repeats() ? null : stale();
    }

    /** What need not be kept any more because it has been read again; for the caller to release, or null. */
    Content.@Nullable Chunk stale() {
        return keeping || repeats() || first == null ? null : drop();
    }

    /** Nobody reads any more; for the caller to release, or null. */
    Content.@Nullable Chunk clear() {
        keeping = false;
        return first == null ? null : drop();
    }

    private Content.@Nullable Chunk drop() {
        Content.Chunk stale = first;
        first = null;
        rest = null;
        whole = false;
        return stale;
    }

    private static Content.Chunk retained(Content.Chunk chunk) {
        chunk.retain();
        return chunk;
    }
}
