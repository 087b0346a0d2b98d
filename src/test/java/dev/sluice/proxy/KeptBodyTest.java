package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.junit.jupiter.api.Test;

class KeptBodyTest {
    private final ArrayByteBufferPool.Tracking buffers = new ArrayByteBufferPool.Tracking();

    private Content.Chunk chunk(String text, boolean last) {
        RetainableByteBuffer buffer = buffers.acquire(64, false);
        ByteBuffer bytes = buffer.getByteBuffer();
        bytes.clear().put(text.getBytes(StandardCharsets.US_ASCII)).flip();
        return Content.Chunk.asChunk(bytes, last, buffer);
    }

    /** As the reader of a body does: what it has read is released. */
    private void keep(KeptBody kept, String text, boolean last) {
        Content.Chunk chunk = chunk(text, last);
        Content.Chunk stale = kept.keep(chunk);
        if (stale != null) stale.release();
        chunk.release();
    }

    private static String repeated(KeptBody kept) {
        StringBuilder all = new StringBuilder();
        while (kept.repeats()) {
            Content.Chunk chunk = kept.repeat();
            all.append(StandardCharsets.US_ASCII.decode(chunk.getByteBuffer().slice()));
            if (chunk.isLast()) all.append('.');
            chunk.release();
            Content.Chunk stale = kept.stale();
            if (stale != null) stale.release();
        }
        return all.toString();
    }

    private void assertNothingIsHeld(KeptBody kept) {
        Content.Chunk stale = kept.clear();
        if (stale != null) stale.release();
        assertThat(buffers.getLeaks()).isEmpty();
    }

    @Test
    void whatCameInPiecesIsReadAgainAsOften() {
        KeptBody kept = new KeptBody(100);
        keep(kept, "one", false);
        keep(kept, "two", false);
        keep(kept, "three", true);
        assertThat(kept.isWhole()).isTrue();
        for (int i = 0; i < 3; i++) {
            kept.rewind();
            assertThat(repeated(kept)).isEqualTo("onetwothree.");
        }
        assertNothingIsHeld(kept);
    }

    @Test
    void endThatCameWithoutContentIsRepeatedToo() {
        KeptBody kept = new KeptBody(100);
        keep(kept, "one", false);
        keep(kept, "", true);
        kept.rewind();
        assertThat(repeated(kept)).isEqualTo("one.");
        assertNothingIsHeld(kept);
    }

    @Test
    void nothingIsKeptOfWhatIsTooLong() {
        KeptBody kept = new KeptBody(5);
        keep(kept, "one", false);
        keep(kept, "two", false);
        assertThat(kept.isWhole()).isFalse();
        assertThat(buffers.getLeaks()).isEmpty();
    }

    @Test
    void firstPieceIsKeptHoweverLongItIs() {
        KeptBody kept = new KeptBody(0);
        keep(kept, "as long as a buffer", true);
        kept.rewind();
        assertThat(repeated(kept)).isEqualTo("as long as a buffer.");
        assertNothingIsHeld(kept);
    }

    @Test
    void answerThatBeginsWhileTheBodyIsSentAgainTakesNothingOfItAway() {
        KeptBody kept = new KeptBody(100);
        keep(kept, "one", false);
        keep(kept, "two", false);
        kept.rewind();
        Content.Chunk first = kept.repeat();
        assertThat(kept.stop()).isNull();
        first.release();
        assertThat(repeated(kept)).isEqualTo("two");
        // By then it is kept no more.
        assertThat(buffers.getLeaks()).isEmpty();
        assertThat(kept.isWhole()).isFalse();
    }

    @Test
    void afterAnAnswerBeganNothingMoreIsKept() {
        KeptBody kept = new KeptBody(100);
        keep(kept, "one", false);
        Content.Chunk stale = kept.stop();
        assertThat(stale).isNotNull();
        stale.release();
        keep(kept, "two", true);
        assertThat(kept.isWhole()).isFalse();
        assertThat(buffers.getLeaks()).isEmpty();
    }
}
