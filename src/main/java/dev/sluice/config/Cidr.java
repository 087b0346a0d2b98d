package dev.sluice.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A block of addresses: {@code 10.0.0.0/8}, {@code ::1/128}, or a single address. Never looks a name up.
 *
 * <p>An IPv4 address that arrives mapped into IPv6 ({@code ::ffff:10.0.0.1}) counts as the IPv4 address it is: {@link
 * InetAddress} unmaps it.
 */
public final class Cidr {
    private final byte[] network;
    private final int bits;
    private final String text;

    private Cidr(byte[] network, int bits, String text) {
        this.network = network;
        this.bits = bits;
        this.text = text;
    }

    /** An address as it is written, IPv6 without brackets; null when the text is none. */
    public static @Nullable InetAddress address(String text) {
        return text.indexOf(':') < 0 ? Authority.ipv4(text) : Authority.ipv6(text);
    }

    /**
     * Reads a block.
     *
     * @throws IllegalArgumentException when the text is none; the message says what was expected
     */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        InetAddress network = address(address);
        if (network == null) throw wrong(text);
        int length = network.getAddress().length * 8;
        String prefix = slash < 0 ? Integer.toString(length) : text.substring(slash + 1);
        if (!prefix.matches("\\d{1,3}") || Integer.parseInt(prefix) > length) throw wrong(text);
        return new Cidr(network.getAddress(), Integer.parseInt(prefix), text);
    }

    private static IllegalArgumentException wrong(String text) {
        return new IllegalArgumentException(
                Text.quote(text) + " is not an address block (expected 10.0.0.0/8, ::1/128 or a single address)");
    }

    /** Whether the address lies in this block; one of the other family never does. */
    public boolean contains(InetAddress address) {
        byte[] other = address.getAddress();
        if (other.length != network.length) return false;
        int whole = bits / 8;
        if (!Arrays.equals(network, 0, whole, other, 0, whole)) return false;
        int rest = bits % 8;
        return rest == 0 || ((network[whole] ^ other[whole]) & (0xff << (8 - rest)) & 0xff) == 0;
    }

    /** Whether all of the other block lies in this one. */
    public boolean contains(Cidr other) {
        if (other.bits < bits || other.network.length != network.length) return false;
        try {
            return contains(InetAddress.getByAddress(other.network));
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // An address of 4 or 16 bytes always is one.
        }
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Cidr c && bits == c.bits && Arrays.equals(network, c.network);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(network) + bits;
    }

    @Override
    public String toString() {
        return text;
    }
}
