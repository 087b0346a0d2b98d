package dev.sluice.upstream.discovery;

import java.net.InetAddress;

/** Addresses as people write them: IPv6 in the form of RFC 5952, which Java does not know. */
final class AddressText {
    private static final int GROUPS = 8;

    private AddressText() {}

    static String of(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length != 2 * GROUPS) return address.getHostAddress();
        int[] groups = new int[GROUPS];
        for (int i = 0; i < GROUPS; i++) groups[i] = ((bytes[2 * i] & 0xFF) << 8) | (bytes[2 * i + 1] & 0xFF);
        int start = 0;
        int longest = 1; // A single zero stays as it is.
        for (int i = 0; i < GROUPS; i++) {
            int end = i;
            while (end < GROUPS && groups[end] == 0) end++;
            if (end - i > longest) {
                longest = end - i;
                start = i;
            }
        }
        if (longest == 1) return join(groups, 0, GROUPS);
        return join(groups, 0, start) + "::" + join(groups, start + longest, GROUPS);
    }

    private static String join(int[] groups, int from, int to) {
        StringBuilder text = new StringBuilder();
        for (int i = from; i < to; i++) {
            if (i > from) text.append(':');
            text.append(Integer.toHexString(groups[i]));
        }
        return text.toString();
    }
}
