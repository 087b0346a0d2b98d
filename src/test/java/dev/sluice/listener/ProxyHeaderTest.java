package dev.sluice.listener;

import static dev.sluice.testkit.ProxyHeaders.join;
import static dev.sluice.testkit.ProxyHeaders.tlv;
import static dev.sluice.testkit.ProxyHeaders.v1;
import static dev.sluice.testkit.ProxyHeaders.v2;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Headers of the PROXY protocol, byte by byte. */
class ProxyHeaderTest {
    private static final byte[] UNIQUE_ID = tlv(0x05, "id-7".getBytes(StandardCharsets.US_ASCII));

    private static ProxyHeader read(byte[] bytes) throws ProxyHeader.Malformed {
        return Objects.requireNonNull(ProxyHeader.read(ByteBuffer.wrap(bytes)), "not whole");
    }

    private static void assertMalformed(byte[] bytes) {
        assertThatExceptionOfType(ProxyHeader.Malformed.class).isThrownBy(() -> read(bytes));
    }

    static Stream<byte[]> whole() {
        return Stream.of(
                v1("PROXY TCP4 192.0.2.7 198.51.100.1 56324 443"),
                v1("PROXY TCP6 2001:db8::7 ::1 0 65535"),
                v1(
                        "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535"),
                v1("PROXY UNKNOWN"),
                v1("PROXY UNKNOWN ffff::1 whatever"),
                v2("192.0.2.7", 56324, "198.51.100.1", 443),
                v2("2001:db8::7", 1, "::1", 2, UNIQUE_ID),
                v2(0x20, 0, new byte[0]),
                v2(0x20, 0x11, new byte[12]),
                v2(0x21, 0, UNIQUE_ID),
                v2(0x21, 0x31, new byte[216]));
    }

    @ParameterizedTest
    @MethodSource("whole")
    void headerIsReadWhenItsLastByteIsThereAndNotBefore(byte[] header) throws Exception {
        for (int length = 0; length < header.length; length++) {
            ByteBuffer part = ByteBuffer.wrap(header, 0, length);
            assertThat(ProxyHeader.read(part)).isNull();
            assertThat(part.remaining()).isEqualTo(length);
        }
        ByteBuffer more = ByteBuffer.wrap(join(header, new byte[] {'G', 'E', 'T'}));
        assertThat(ProxyHeader.read(more)).isNotNull();
        assertThat(more.remaining()).isEqualTo(3);
    }

    @Test
    void addressesAreThoseThatItNames() throws Exception {
        assertThat(read(v1("PROXY TCP4 192.0.2.7 198.51.100.1 56324 443")).toString())
                .contains("source=/192.0.2.7:56324, destination=/198.51.100.1:443");
        assertThat(read(v2("2001:db8::7", 1, "::1", 2)).toString())
                .contains("source=/[2001:db8:0:0:0:0:0:7]:1, destination=/[0:0:0:0:0:0:0:1]:2");
    }

    @Test
    void peerThatSpeaksForItselfNamesNobody() throws Exception {
        assertThat(read(v1("PROXY UNKNOWN 1.2.3.4 5.6.7.8 1 2")).source()).isNull();
        assertThat(read(v2(0x20, 0x11, new byte[12])).source()).isNull();
        assertThat(read(v2(0x21, 0x31, new byte[216])).source()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1",
                "proxy TCP4 1.2.3.4 1.2.3.4 1 2",
                "PROXY  TCP4 1.2.3.4 1.2.3.4 1 2",
                "PROXY TCP4 1.2.3.4 1.2.3.4 1",
                "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3",
                "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 ",
                "PROXY TCP4 ::1 ::1 1 2",
                "PROXY TCP6 1.2.3.4 1.2.3.4 1 2",
                "PROXY TCP4 localhost localhost 1 2",
                "PROXY TCP6 fe80::1%lo ::1 1 2",
                "PROXY TCP4 1.2.3.256 1.2.3.4 1 2",
                "PROXY TCP4 01.2.3.4 1.2.3.4 1 2",
                "PROXY TCP4 1.2.3.4 1.2.3.4 65536 2",
                "PROXY TCP4 1.2.3.4 1.2.3.4 01 2",
                "PROXY TCP4 1.2.3.4 1.2.3.4 -1 2",
                "PROXY UDP4 1.2.3.4 1.2.3.4 1 2",
                "PROXY unknown",
                "PROXY "
            })
    void lineThatIsNoneIsRefused(String line) {
        assertMalformed(v1(line));
    }

    @Test
    void lineIsRefusedAsSoonAsItIsTooLong() throws Exception {
        byte[] endless = new byte[107];
        Arrays.fill(endless, (byte) 'x');
        System.arraycopy("PROXY UNKNOWN ".getBytes(StandardCharsets.US_ASCII), 0, endless, 0, 14);
        assertThat(ProxyHeader.read(ByteBuffer.wrap(endless, 0, 106))).isNull();
        assertMalformed(endless);
        assertMalformed("PROXY UNKNOWN\n".getBytes(StandardCharsets.US_ASCII));
    }

    static Stream<byte[]> malformed() {
        byte[] address = new byte[12];
        return Stream.of(
                v2(0x11, 0x11, address),
                v2(0x22, 0x11, address),
                v2(0x21, 0x12, address),
                v2(0x21, 0x41, address),
                v2(0x21, 0x11, new byte[11]),
                v2(0x21, 0x21, new byte[35]),
                v2(0x21, 0x11, new byte[14]),
                v2(0x21, 0x11, join(address, new byte[] {5, 0, 2, 0})),
                v2(0x21, 0x11, join(address, tlv(3, new byte[4]))),
                v2(0x21, 0x11, join(address, tlv(3, new byte[3]))),
                v2(0x21, 0x11, new byte[2033]));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void binaryHeaderThatIsNoneIsRefused(byte[] header) {
        assertMalformed(header);
    }

    @Test
    void tlvsAreKeptInTheirOrderButForThoseOfTheHeaderItself() throws Exception {
        byte[] other = tlv(0xe1, new byte[] {1, 2, 3});
        byte[] padding = tlv(0x04, new byte[5]);
        byte[] header = v2("192.0.2.7", 1, "192.0.2.8", 2, other, padding, UNIQUE_ID, tlv(0x03, new byte[4]), other);
        int sumAt = header.length - other.length - 4;
        CRC32C sum = new CRC32C();
        sum.update(header);
        ByteBuffer.wrap(header).putInt(sumAt, (int) sum.getValue());
        assertThat(read(header).tlvs()).isEqualTo(join(other, UNIQUE_ID, other));
    }

    @Test
    void tlvsThatAreTooMuchAreDropped() throws Exception {
        byte[] large = tlv(0xe1, new byte[1000]);
        byte[] larger = tlv(0xe2, new byte[500]);
        assertThat(read(v2("192.0.2.7", 1, "192.0.2.8", 2, large, larger, UNIQUE_ID))
                        .tlvs())
                .isEqualTo(join(large, UNIQUE_ID));
    }

    @Test
    void clientThatSpeaksTlsWithThePeerIsToldFromOneThatDoesNot() throws Exception {
        assertThat(read(v2("192.0.2.7", 1, "192.0.2.8", 2, tlv(0x20, new byte[] {1, 0, 0, 0, 0})))
                        .overTls())
                .isTrue();
        assertThat(read(v2("192.0.2.7", 1, "192.0.2.8", 2, tlv(0x20, new byte[] {0, 0, 0, 0, 0})))
                        .overTls())
                .isFalse();
    }
}
