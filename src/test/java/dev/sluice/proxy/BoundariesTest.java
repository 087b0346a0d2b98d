package dev.sluice.proxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BoundariesTest {
    /** Where the pieces end, in bytes from the beginning, seen byte by byte. */
    private static List<Integer> ends(Boundaries boundaries, byte[] bytes) {
        List<Integer> ends = new ArrayList<>();
        for (int i = 0; i < bytes.length; i++) {
            boundaries.follow(ByteBuffer.wrap(bytes, i, 1));
            if (boundaries.isBetween()) ends.add(i + 1);
        }
        return ends;
    }

    private static List<Integer> eventEnds(String stream) {
        return ends(new EventBoundaries(), stream.getBytes(ISO_8859_1));
    }

    @Test
    void nothingHasBegunAtFirst() {
        assertThat(new EventBoundaries().isBetween()).isTrue();
        assertThat(new MessageBoundaries().isBetween()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r", "\r\n"})
    void anEventEndsWithAnEmptyLine(String eol) {
        String event = "event: x" + eol + "data: 1" + eol + eol;
        EventBoundaries boundaries = new EventBoundaries();
        boundaries.follow(ByteBuffer.wrap((event + "data: 2" + eol).getBytes(ISO_8859_1)));
        assertThat(boundaries.isBetween()).isFalse();
        boundaries.follow(ByteBuffer.wrap(eol.getBytes(ISO_8859_1)));
        assertThat(boundaries.isBetween()).isTrue();
    }

    @Test
    void aLineThatEndsWithTwoBytesIsOneLine() {
        // After the CR of the empty line the event is over, whether or not its LF has come.
        assertThat(eventEnds("data: 1\r\n\r\ndata: 2\r\n\r\n")).containsExactly(10, 11, 21, 22);
    }

    @Test
    void aCommentBetweenEventsBelongsToNone() {
        assertThat(eventEnds(": hi\ndata: 1\n\n:\n")).containsExactly(5, 14, 16);
    }

    @Test
    void aCommentInAnEventBelongsToIt() {
        assertThat(eventEnds("data: 1\n: hi\n\n")).containsExactly(14);
    }

    @Test
    void theEndOfAPieceIsFoundAmidTheBytes() {
        EventBoundaries boundaries = new EventBoundaries();
        boundaries.follow(ByteBuffer.wrap("data".getBytes(ISO_8859_1)));
        ByteBuffer rest =
                ByteBuffer.wrap("xx: 1\n\ndata: 2".getBytes(ISO_8859_1)).position(2);
        assertThat(boundaries.followToEndOfPiece(rest)).isEqualTo(5);
        assertThat(boundaries.isBetween()).isTrue();
        assertThat(rest.position()).as("not touched").isEqualTo(2);
    }

    private static byte[] messages(int... lengths) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int length : lengths) {
            out.writeBytes(ByteBuffer.allocate(5).put((byte) 0).putInt(length).array());
            out.writeBytes(new byte[length]);
        }
        return out.toByteArray();
    }

    @Test
    void aMessageEndsWithItsLength() {
        assertThat(ends(new MessageBoundaries(), messages(3, 0, 300))).containsExactly(8, 13, 318);
    }

    @Test
    void messagesAreFollowedInPiecesOfAnySize() {
        byte[] bytes = messages(3, 0, 70_000, 1);
        for (int size : new int[] {1, 2, 7, 4096, bytes.length}) {
            MessageBoundaries boundaries = new MessageBoundaries();
            for (int at = 0; at < bytes.length; at += size)
                boundaries.follow(ByteBuffer.wrap(bytes, at, Math.min(size, bytes.length - at)));
            assertThat(boundaries.isBetween()).as("pieces of " + size).isTrue();
            boundaries.follow(ByteBuffer.wrap(bytes, 0, 6));
            assertThat(boundaries.isBetween()).as("pieces of " + size).isFalse();
        }
    }
}
