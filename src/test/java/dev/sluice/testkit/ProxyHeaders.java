package dev.sluice.testkit;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;

/** Headers of the PROXY protocol, written by hand. */
public final class ProxyHeaders {
    /** The beginning of version 2. */
    public static final byte[] SIGNATURE = "\r\n\r\n\0\r\nQUIT\n".getBytes(StandardCharsets.ISO_8859_1);

    private ProxyHeaders() {}

    public static byte[] v1(String text) {
        return (text + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Version 2, with all that the length counts. */
    public static byte[] v2(int command, int family, byte[] rest) {
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        header.writeBytes(SIGNATURE);
        header.write(command);
        header.write(family);
        header.write(rest.length >> 8);
        header.write(rest.length);
        header.writeBytes(rest);
        return header.toByteArray();
    }

    /** Version 2, for a client with an address of either family. */
    public static byte[] v2(String source, int sourcePort, String destination, int destinationPort, byte[]... tlvs) {
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        rest.writeBytes(address(source));
        rest.writeBytes(address(destination));
        for (int port : new int[] {sourcePort, destinationPort}) {
            rest.write(port >> 8);
            rest.write(port);
        }
        for (byte[] tlv : tlvs) rest.writeBytes(tlv);
        return v2(0x21, address(source).length == 4 ? 0x11 : 0x21, rest.toByteArray());
    }

    private static byte[] address(String literal) {
        try {
            return InetAddress.getByName(literal).getAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    public static byte[] tlv(int type, byte[] value) {
        ByteArrayOutputStream tlv = new ByteArrayOutputStream();
        tlv.write(type);
        tlv.write(value.length >> 8);
        tlv.write(value.length);
        tlv.writeBytes(value);
        return tlv.toByteArray();
    }

    public static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) all.writeBytes(part);
        return all.toByteArray();
    }
}
