package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.RouteConfig.ProxyProtocol;
import dev.sluice.testkit.ProxyHeaders;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.eclipse.jetty.io.ByteArrayEndPoint;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What backends are told of clients. */
class ClientHeaderTest {
    private static final byte[] TLV = ProxyHeaders.tlv(0x05, new byte[] {7});

    private static SocketAddress at(String literal, int port) throws UnknownHostException {
        return new InetSocketAddress(InetAddress.getByName(literal), port);
    }

    private static byte[] header(ProxyProtocol version, @Nullable SocketAddress from, SocketAddress to) {
        return ClientHeader.of(
                version,
                new ByteArrayEndPoint() {
                    @Override
                    public @Nullable SocketAddress getRemoteSocketAddress() {
                        return from;
                    }

                    @Override
                    public SocketAddress getLocalSocketAddress() {
                        return to;
                    }
                },
                TLV);
    }

    private static String line(@Nullable SocketAddress from, SocketAddress to) {
        return new String(header(ProxyProtocol.V1, from, to), StandardCharsets.US_ASCII);
    }

    @Test
    void lineNamesBothEndsOfOneFamily() throws Exception {
        assertThat(line(at("192.0.2.7", 1), at("192.0.2.8", 65535)))
                .isEqualTo("PROXY TCP4 192.0.2.7 192.0.2.8 1 65535\r\n");
        assertThat(line(at("2001:db8::7", 1), at("fe80::1", 2))).isEqualTo("PROXY TCP6 2001:db8::7 fe80::1 1 2\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "::",
                "::1",
                "1::",
                "1:0:2:3:4:5:6:7",
                "1:0:2::7",
                "1::2:0:0:3",
                "1:2:3:4:5:6:7:8",
                "fe80::abcd:ef01",
                "1:2:3:4:5:6::"
            })
    void addressesAreWrittenAsEverybodyWritesThem(String text) throws Exception {
        assertThat(line(at(text, 1), at("2001:db8::", 2))).isEqualTo("PROXY TCP6 " + text + " 2001:db8:: 1 2\r\n");
    }

    @Test
    void endsOfTwoFamiliesAreBothWrittenAsTheLargerOne() throws Exception {
        assertThat(line(at("192.0.2.7", 1), at("::1", 2))).isEqualTo("PROXY TCP6 ::ffff:192.0.2.7 ::1 1 2\r\n");
        byte[] mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, (byte) 192, 0, 2, 7};
        byte[] loopback = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
        assertThat(header(ProxyProtocol.V2, at("192.0.2.7", 1), at("::1", 2)))
                .isEqualTo(
                        ProxyHeaders.v2(0x21, 0x21, ProxyHeaders.join(mapped, loopback, new byte[] {0, 1, 0, 2}, TLV)));
    }

    @Test
    void binaryHeaderCarriesWhatElseIsKnown() throws Exception {
        assertThat(header(ProxyProtocol.V2, at("192.0.2.7", 1), at("192.0.2.8", 2)))
                .isEqualTo(ProxyHeaders.v2("192.0.2.7", 1, "192.0.2.8", 2, TLV));
        assertThat(header(ProxyProtocol.V2, at("2001:db8::7", 65535), at("::1", 2)))
                .isEqualTo(ProxyHeaders.v2("2001:db8::7", 65535, "::1", 2, TLV));
    }

    @Test
    void clientWithoutAnAddressIsNotSpokenFor() throws Exception {
        SocketAddress unix = UnixDomainSocketAddress.of("/run/x.sock");
        assertThat(line(unix, at("::1", 2))).isEqualTo("PROXY UNKNOWN\r\n");
        assertThat(line(null, at("::1", 2))).isEqualTo("PROXY UNKNOWN\r\n");
        assertThat(header(ProxyProtocol.V2, unix, unix)).isEqualTo(ProxyHeaders.v2(0x20, 0, new byte[0]));
    }

    @Test
    void whatAnotherServersReaderHasFoundIsPassedOnAsFarAsItFits() {
        Map<Integer, byte[]> found =
                Map.of(1, new byte[1000], 2, new byte[100], 5, new byte[] {7}, 0x20, new byte[5], 0x21, new byte[3]);
        assertThat(ClientHeader.tlvs(found::get))
                .isEqualTo(ProxyHeaders.join(
                        ProxyHeaders.tlv(1, new byte[1000]), TLV, ProxyHeaders.tlv(0x20, new byte[5])));
    }
}
