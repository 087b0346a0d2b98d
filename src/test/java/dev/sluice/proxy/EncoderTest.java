package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.config.ResponseConfig.Coding;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EncoderTest {
    private static final long SEED = 20_261_127;

    @ParameterizedTest
    @EnumSource
    void everyPieceCanBeReadWithoutTheNextHoweverLittleRoomThereIs(Coding coding) throws IOException {
        Random random = new Random(SEED);
        Encoders encoders = new Encoders();
        Encoders.Supply supply = encoders.of("r", List.of(coding)).get(0);
        for (int round = 0; round < 12; round++) {
            Encoder encoder = supply.take();
            ByteArrayOutputStream plain = new ByteArrayOutputStream();
            ByteArrayOutputStream coded = new ByteArrayOutputStream();
            int room = List.of(64, 100, 1000, 16_384).get(round % 4);
            for (int piece = 0; piece < 4; piece++) {
                byte[] bytes = piece(random, round % 3 == 0, 1 + random.nextInt(piece == 2 ? 60_000 : 3_000));
                plain.write(bytes);
                encode(encoder, bytes, round % 2 == 0, false, room, coded);
                byte[] read = Decoded.begun(supply.name(), coded.toByteArray());
                assertThat(Arrays.equals(read, plain.toByteArray()))
                        .as("round %d, piece %d: %d bytes of %d", round, piece, read.length, plain.size())
                        .isTrue();
            }
            encode(encoder, new byte[0], true, true, room, coded);
            byte[] read = Decoded.of(supply.name(), coded.toByteArray());
            assertThat(Arrays.equals(read, plain.toByteArray())).isTrue();
            supply.give(encoder);
        }
        assertThat(encoders.inUse()).isZero();
        encoders.close();
    }

    private static byte[] piece(Random random, boolean noise, int length) {
        byte[] bytes = new byte[length];
        if (noise) random.nextBytes(bytes);
        else for (int at = 0; at < length; at++) bytes[at] = (byte) ('a' + random.nextInt(4));
        return bytes;
    }

    private static void encode(
            Encoder encoder, byte[] bytes, boolean direct, boolean last, int room, ByteArrayOutputStream to) {
        ByteBuffer in = direct ? ByteBuffer.allocateDirect(bytes.length) : ByteBuffer.allocate(bytes.length);
        in.put(bytes).flip();
        ByteBuffer out = ByteBuffer.allocateDirect(room);
        boolean all;
        do {
            all = encoder.encode(in, last, out.clear());
            byte[] given = new byte[out.flip().remaining()];
            out.get(given);
            to.writeBytes(given);
        } while (!all);
        assertThat(in.hasRemaining()).isFalse();
    }

    @Test
    void encoderThatIsGivenBackInTheMiddleBeginsAnew() throws IOException {
        Encoders encoders = new Encoders();
        for (Encoders.Supply supply : encoders.of("r", List.of(Coding.values()))) {
            Encoder cut = supply.take();
            encode(cut, new byte[5_000], true, false, 64, new ByteArrayOutputStream());
            supply.give(cut);
            Encoder next = supply.take();
            ByteArrayOutputStream coded = new ByteArrayOutputStream();
            encode(next, "text".getBytes(StandardCharsets.US_ASCII), true, true, 64, coded);
            supply.give(next);
            assertThat(Decoded.of(supply.name(), coded.toByteArray()))
                    .asString()
                    .isEqualTo("text");
        }
        encoders.close();
    }

    @Test
    void codingThatIsNamedAndHasNoLibraryIsRefusedAndTrueTakesWhatThereIs() throws Exception {
        List<URL> without = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator))
            if (!entry.contains("zstd-jni")) without.add(Path.of(entry).toUri().toURL());
        try (URLClassLoader loader =
                new URLClassLoader(without.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            Class<?> encoders = loader.loadClass(Encoders.class.getName());
            Constructor<?> made = encoders.getDeclaredConstructor();
            made.setAccessible(true);
            Method of = encoders.getDeclaredMethod("of", String.class, List.class);
            of.setAccessible(true);
            List<?> codings =
                    Arrays.asList(loader.loadClass(Coding.class.getName()).getEnumConstants());

            assertThat(of.invoke(made.newInstance(), "shop", codings))
                    .asString()
                    .isEqualTo("[br, gzip]");
            assertThatThrownBy(() -> of.invoke(made.newInstance(), "shop", codings.subList(0, 1)))
                    .hasRootCauseMessage(
                            "route shop, response.compress: zstd cannot be used here: its library is not on"
                                    + " the class path (expected: gzip, or true for what there is)");
        }
    }
}
