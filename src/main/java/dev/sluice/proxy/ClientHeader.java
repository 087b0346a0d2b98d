package dev.sluice.proxy;

import dev.sluice.config.RouteConfig.ProxyProtocol;
import java.io.ByteArrayOutputStream;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.IntFunction;
import org.eclipse.jetty.io.EndPoint;
import org.jspecify.annotations.Nullable;

/** What a backend is told of the client before anything else: HAProxy's PROXY protocol, version 1 or 2. */
final class ClientHeader {
    static final byte[] NOTHING = {};

    private static final byte[] SIGNATURE = {'\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n'};
    private static final int LOCAL = 0x20;
    private static final int PROXY = 0x21;
    private static final int UNSPECIFIED = 0x00;
    private static final int TCP4 = 0x11;
    private static final int TCP6 = 0x21;
    private static final int ADDRESSES = 36;

    /** How much is passed on of what another proxy has said, in bytes. */
    private static final int MOST_TLVS = 1024;

    private static final int TYPE_CRC32C = 0x03;
    private static final int TYPE_NOOP = 0x04;
    private static final int TYPE_SSL = 0x20;
    private static final int LAST_OF_SSL = 0x2f;

    private ClientHeader() {}

    /** @param tlvs for version 2; those of the addresses' own kinds left out */
    static byte[] of(ProxyProtocol version, EndPoint client, byte[] tlvs) {
        InetSocketAddress from = inet(client.getRemoteSocketAddress());
        InetSocketAddress to = inet(client.getLocalSocketAddress());
        return version == ProxyProtocol.V1 ? line(from, to) : binary(from, to, tlvs);
    }

    private static @Nullable InetSocketAddress inet(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress inet && !inet.isUnresolved() ? inet : null;
    }

    private static byte[] line(@Nullable InetSocketAddress from, @Nullable InetSocketAddress to) {
        String line = "PROXY UNKNOWN\r\n";
        if (from != null && to != null) {
            boolean ipv4 = isIpv4(from) && isIpv4(to);
            line = "PROXY " + (ipv4 ? "TCP4 " : "TCP6 ") + text(from.getAddress(), ipv4) + " "
                    + text(to.getAddress(), ipv4) + " " + from.getPort() + " " + to.getPort() + "\r\n";
        }
        return line.getBytes(StandardCharsets.US_ASCII);
    }

    /** One of the two may be of the other family: then both are written as of the larger one. */
    private static String text(InetAddress address, boolean ipv4) {
        if (address instanceof Inet4Address)
            return ipv4 ? address.getHostAddress() : "::ffff:" + address.getHostAddress();
        return compact(address.getAddress());
    }

    /** RFC 5952 §4: what readers that only copy the text pass on as everybody writes it. */
    private static String compact(byte[] address) {
        ByteBuffer groups = ByteBuffer.wrap(address);
        int from = -1;
        int longest = 1; // A single group of zeros is written out.
        for (int i = 0; i < 8; i++) {
            int zeros = 0;
            while (i + zeros < 8 && groups.getChar(2 * (i + zeros)) == 0) zeros++;
            if (zeros <= longest) continue;
            from = i;
            longest = zeros;
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            if (i == from) {
                text.append("::");
                i += longest - 1;
                continue;
            }
            if (i > 0 && text.charAt(text.length() - 1) != ':') text.append(':');
            text.append(Integer.toHexString(groups.getChar(2 * i)));
        }
        return text.toString();
    }

    private static boolean isIpv4(InetSocketAddress address) {
        return address.getAddress() instanceof Inet4Address;
    }

    private static byte[] binary(@Nullable InetSocketAddress from, @Nullable InetSocketAddress to, byte[] tlvs) {
        ByteBuffer header = ByteBuffer.allocate(SIGNATURE.length + 4 + ADDRESSES + tlvs.length);
        header.put(SIGNATURE);
        if (from == null || to == null) {
            // There is nobody to speak for. What else is said would be thrown away.
            header.put((byte) LOCAL).put((byte) UNSPECIFIED).putChar((char) 0);
        } else {
            boolean ipv4 = isIpv4(from) && isIpv4(to);
            int addresses = ipv4 ? 12 : ADDRESSES;
            header.put((byte) PROXY).put((byte) (ipv4 ? TCP4 : TCP6)).putChar((char) (addresses + tlvs.length));
            header.put(bytes(from.getAddress(), ipv4)).put(bytes(to.getAddress(), ipv4));
            header.putChar((char) from.getPort()).putChar((char) to.getPort());
            header.put(tlvs);
        }
        byte[] written = new byte[header.position()];
        header.flip().get(written);
        return written;
    }

    private static byte[] bytes(InetAddress address, boolean ipv4) {
        byte[] bytes = address.getAddress();
        if (ipv4 || bytes.length == 16) return bytes;
        return ByteBuffer.allocate(16)
                .position(10)
                .put((byte) 0xff)
                .put((byte) 0xff)
                .put(bytes)
                .array();
    }

    /**
     * As far as they fit, and but for those that belong to a header and not to a client.
     *
     * @param value of a type, or null
     */
    static byte[] tlvs(IntFunction<byte @Nullable []> value) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int type = 0; type < 256; type++) {
            if (type == TYPE_CRC32C || type == TYPE_NOOP) continue;
            // Those of which the one before consists: Jetty's reader has them both ways.
            if (type > TYPE_SSL && type <= LAST_OF_SSL) continue;
            byte[] bytes = value.apply(type);
            if (bytes == null || all.size() + 3 + bytes.length > MOST_TLVS) continue;
            all.write(type);
            all.write(bytes.length >> 8);
            all.write(bytes.length);
            all.writeBytes(bytes);
        }
        return all.toByteArray();
    }
}
