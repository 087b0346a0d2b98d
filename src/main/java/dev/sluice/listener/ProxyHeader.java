package dev.sluice.listener;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a peer says of its client before anything else: the PROXY protocol of HAProxy, version 1 or 2.
 *
 * <p>Jetty has a reader of its own. It looks names up, which blocks, takes a line of any length, and keeps of the TLVs
 * neither their order nor those of which there are two; and its end point hides the one below it.
 *
 * @param source the client; null when the peer speaks for itself, or of an address that is none of IP
 * @param destination what the client connected to; null when the source is
 * @param tlvs the other things it says, as they came, without those that belong to the header itself
 * @param overTls whether it says that the client speaks TLS with it
 */
record ProxyHeader(
        @Nullable InetSocketAddress source, @Nullable InetSocketAddress destination, byte[] tlvs, boolean overTls) {
    /** The longest header that is read, in bytes. */
    static final int LONGEST = 2048;

    private static final Logger LOG = LoggerFactory.getLogger(ListenerConnector.class);
    private static final byte[] V1 = "PROXY ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] V2 = {'\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n'};
    /** The longest line, its end included, that the specification allows. */
    private static final int LONGEST_LINE = 107;

    private static final int FIXED = 16;
    /** How much of the TLVs is kept. */
    private static final int MOST_TLVS = 1024;

    private static final int TYPE_CRC32C = 0x03;
    private static final int TYPE_NOOP = 0x04;
    private static final int TYPE_SSL = 0x20;
    private static final int CLIENT_SSL = 0x01;
    private static final byte[] NOTHING = {};
    private static final ProxyHeader OF_ITSELF = new ProxyHeader(null, null, NOTHING, false);

    /** Why bytes are no such header. */
    static final class Malformed extends Exception {
        private static final long serialVersionUID = 1L;

        Malformed(String message) {
            super(message, null, false, false);
        }
    }

    /**
     * Reads one.
     *
     * @param in taken from only when the header is whole
     * @return null as long as it is not
     * @throws Malformed as soon as it can be none
     */
    static @Nullable ProxyHeader read(ByteBuffer in) throws Malformed {
        if (beginsWith(in, V1)) return readLine(in);
        if (beginsWith(in, V2)) return readBinary(in);
        throw new Malformed("does not begin with a PROXY header");
    }

    private static boolean beginsWith(ByteBuffer in, byte[] signature) {
        int known = Math.min(in.remaining(), signature.length);
        for (int i = 0; i < known; i++) if (in.get(in.position() + i) != signature[i]) return false;
        return true;
    }

    // Version 1.

    private static @Nullable ProxyHeader readLine(ByteBuffer in) throws Malformed {
        int most = Math.min(in.remaining(), LONGEST_LINE);
        for (int i = 0; i < most; i++) {
            if (in.get(in.position() + i) != '\n') continue;
            byte[] line = new byte[i + 1];
            in.get(line);
            String text = new String(line, StandardCharsets.ISO_8859_1);
            if (!text.endsWith("\r\n")) throw new Malformed("PROXY line that ends without CR");
            return parse(text.substring(0, text.length() - 2));
        }
        if (most == LONGEST_LINE) throw new Malformed("PROXY line of more than " + LONGEST_LINE + " bytes");
        return null;
    }

    private static ProxyHeader parse(String line) throws Malformed {
        String[] words = line.split(" ", -1);
        // What comes behind UNKNOWN is to be ignored.
        if (words[1].equals("UNKNOWN")) return OF_ITSELF;
        boolean ipv6 = words[1].equals("TCP6");
        if (words.length != 6 || !(ipv6 || words[1].equals("TCP4"))) throw new Malformed("PROXY line that is none");
        return new ProxyHeader(
                new InetSocketAddress(address(words[2], ipv6), port(words[4])),
                new InetSocketAddress(address(words[3], ipv6), port(words[5])),
                NOTHING,
                false);
    }

    /** Never looks anything up. */
    private static InetAddress address(String text, boolean ipv6) throws Malformed {
        String octet = "(0|[1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5])";
        boolean literal =
                ipv6 ? text.matches("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*") : text.matches(octet + "(\\." + octet + "){3}");
        try {
            // In brackets it is taken for an address or refused.
            if (literal) return InetAddress.getByName(ipv6 ? "[" + text + "]" : text);
        } catch (UnknownHostException e) {
            LOG.trace("not an address", e);
        }
        throw new Malformed("PROXY line with an address that is none");
    }

    private static int port(String text) throws Malformed {
        int port = text.matches("0|[1-9]\\d{0,4}") ? Integer.parseInt(text) : -1;
        if (port < 0 || port > 65_535) throw new Malformed("PROXY line with a port that is none");
        return port;
    }

    // Version 2.

    private static @Nullable ProxyHeader readBinary(ByteBuffer in) throws Malformed {
        if (in.remaining() < FIXED) return null;
        int start = in.position();
        int command = in.get(start + 12) & 0xff;
        int family = in.get(start + 13) & 0xff;
        int length = in.getChar(start + 14);
        if (command != 0x20 && command != 0x21)
            throw new Malformed("PROXY header of another version or with another command");
        if (FIXED + length > LONGEST) throw new Malformed("PROXY header of more than " + LONGEST + " bytes");
        if (in.remaining() < FIXED + length) return null;
        byte[] header = new byte[FIXED + length];
        in.get(header);
        return command == 0x20 ? OF_ITSELF : proxied(header, family);
    }

    private static ProxyHeader proxied(byte[] header, int family) throws Malformed {
        int addresses = switch (family) {
            case 0x00 -> 0;
            case 0x11 -> 12;
            case 0x21 -> 36;
            case 0x31 -> 216;
            default -> throw new Malformed("PROXY header of a protocol that is not TCP");
        };
        if (header.length < FIXED + addresses) throw new Malformed("PROXY header with too short an address");
        ByteBuffer from = ByteBuffer.wrap(header, FIXED + addresses, header.length - FIXED - addresses);
        Tlvs tlvs = Tlvs.read(from, header);
        if (family != 0x11 && family != 0x21) return new ProxyHeader(null, null, tlvs.kept(), tlvs.overTls());
        int size = family == 0x11 ? 4 : 16;
        ByteBuffer ports = ByteBuffer.wrap(header, FIXED + 2 * size, 4);
        return new ProxyHeader(
                new InetSocketAddress(address(header, FIXED, size), ports.getChar()),
                new InetSocketAddress(address(header, FIXED + size, size), ports.getChar()),
                tlvs.kept(),
                tlvs.overTls());
    }

    private static InetAddress address(byte[] header, int at, int size) throws Malformed {
        byte[] address = new byte[size];
        System.arraycopy(header, at, address, 0, size);
        try {
            return InetAddress.getByAddress(address);
        } catch (UnknownHostException e) {
            throw new Malformed("PROXY header with an address of " + size + " bytes");
        }
    }

    private record Tlvs(byte[] kept, boolean overTls) {
        static Tlvs read(ByteBuffer from, byte[] header) throws Malformed {
            ByteArrayOutputStream kept = new ByteArrayOutputStream();
            boolean overTls = false;
            while (from.hasRemaining()) {
                int start = from.position();
                if (from.remaining() < 3) throw new Malformed("PROXY header with half a TLV");
                int type = from.get() & 0xff;
                int length = from.getChar();
                if (from.remaining() < length) throw new Malformed("PROXY header with half a TLV");
                int value = from.position();
                from.position(value + length);
                if (type == TYPE_NOOP) continue;
                if (type == TYPE_CRC32C) {
                    check(header, value, length);
                    continue;
                }
                if (type == TYPE_SSL && length > 0) overTls = (header[value] & CLIENT_SSL) != 0;
                if (kept.size() + 3 + length <= MOST_TLVS) kept.write(header, start, 3 + length);
                else LOG.debug("a TLV of type {} with {} bytes is dropped: too much is said", type, length);
            }
            return new Tlvs(kept.toByteArray(), overTls);
        }

        /** Over the whole header, with zeros where the sum stands. */
        private static void check(byte[] header, int at, int length) throws Malformed {
            if (length != 4) throw new Malformed("PROXY header with a checksum that is none");
            byte[] zeroed = header.clone();
            for (int i = 0; i < 4; i++) zeroed[at + i] = 0;
            CRC32C sum = new CRC32C();
            sum.update(zeroed);
            if ((int) sum.getValue() != ByteBuffer.wrap(header).getInt(at))
                throw new Malformed("PROXY header with another checksum");
        }
    }
}
