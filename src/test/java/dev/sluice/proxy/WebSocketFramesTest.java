package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketFramesTest {
    private static final int CONTINUATION = 0;
    private static final int TEXT = 1;
    private static final int CLOSE = 8;
    private static final int PING = 9;

    private final WebSocketFrames frames = new WebSocketFrames();

    private static byte[] frame(boolean last, int opcode, int length, boolean masked) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write((last ? 0x80 : 0) | opcode);
        int mask = masked ? 0x80 : 0;
        if (length < 126) {
            out.write(mask | length);
        } else if (length < 65_536) {
            out.write(mask | 126);
            out.writeBytes(ByteBuffer.allocate(2).putShort((short) length).array());
        } else {
            out.write(mask | 127);
            out.writeBytes(ByteBuffer.allocate(8).putLong(length).array());
        }
        if (masked) out.writeBytes(new byte[] {1, 2, 3, 4});
        byte[] payload = new byte[length];
        java.util.Arrays.fill(payload, (byte) 0x88); // What looks like a Close is none inside a payload.
        out.writeBytes(payload);
        return out.toByteArray();
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) out.writeBytes(part);
        return out.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 125, 126, 127, 65_535, 65_536, 100_000})
    void oneFrameIsBetweenMessagesAtItsEndsOnly(int length) {
        for (boolean masked : List.of(false, true)) {
            WebSocketFrames each = new WebSocketFrames();
            byte[] bytes = frame(true, TEXT, length, masked);
            for (int i = 0; i < bytes.length; i++) {
                assertThat(each.isBetweenMessages()).as("before byte %d", i).isEqualTo(i == 0);
                each.follow(ByteBuffer.wrap(bytes, i, 1));
            }
            assertThat(each.isBetweenMessages()).isTrue();
            assertThat(each.isClosed()).isFalse();
        }
    }

    @Test
    void fragmentsAreOneMessageWhateverControlFramesStandBetweenThem() {
        frames.follow(ByteBuffer.wrap(frame(false, TEXT, 5, true)));
        assertThat(frames.isBetweenMessages()).isFalse();
        frames.follow(ByteBuffer.wrap(frame(true, PING, 3, true)));
        assertThat(frames.isBetweenMessages()).isFalse();
        frames.follow(ByteBuffer.wrap(frame(false, CONTINUATION, 200, true)));
        assertThat(frames.isBetweenMessages()).isFalse();
        frames.follow(ByteBuffer.wrap(frame(true, CONTINUATION, 0, true)));
        assertThat(frames.isBetweenMessages()).isTrue();
    }

    @Test
    void onlyTheRestOfTheMessageThatHasBegunIsFollowed() {
        byte[] first = frame(true, TEXT, 300, false);
        ByteBuffer bytes = ByteBuffer.wrap(joined(first, frame(true, TEXT, 7, false)));
        frames.follow(bytes.slice(0, 10));
        bytes.position(10);
        assertThat(frames.followToEndOfMessage(bytes)).isEqualTo(first.length - 10);
        assertThat(frames.isBetweenMessages()).isTrue();
        assertThat(bytes.position()).as("the buffer's own position").isEqualTo(10);
    }

    @Test
    void betweenMessagesNothingMoreIsFollowed() {
        assertThat(frames.followToEndOfMessage(ByteBuffer.wrap(frame(true, TEXT, 7, false))))
                .isZero();
    }

    @Test
    void closeIsNoticed() {
        frames.follow(ByteBuffer.wrap(joined(frame(true, TEXT, 1, false), frame(true, CLOSE, 2, false))));
        assertThat(frames.isClosed()).isTrue();
    }

    @Test
    void goingAwayIsACloseOfEitherSide() {
        assertThat(WebSocketFrames.goingAway(false))
                .isEqualTo(ByteBuffer.wrap(new byte[] {(byte) 0x88, 2, 3, (byte) 0xE9}));
        byte[] masked = new byte[8];
        WebSocketFrames.goingAway(true).get(masked);
        assertThat(masked[0]).isEqualTo((byte) 0x88);
        assertThat(masked[1]).isEqualTo((byte) 0x82);
        int status = ((masked[6] ^ masked[2]) & 0xFF) << 8 | ((masked[7] ^ masked[3]) & 0xFF);
        assertThat(status).isEqualTo(1001);
    }
}
