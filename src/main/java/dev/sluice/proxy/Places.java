package dev.sluice.proxy;

import java.nio.charset.StandardCharsets;

/** Where clients are sent. */
final class Places {
    private Places() {}

    /**
     * The text of a {@code Location}: a path stays one whatever a client has put into it, because two slashes would be
     * another host, and what is not ASCII is encoded.
     *
     * @param rendered from what is configured, where none begins with two slashes
     */
    static String of(String rendered) {
        int slashes = 0;
        while (slashes < rendered.length() && "/\\".indexOf(rendered.charAt(slashes)) >= 0) slashes++;
        return encoded(slashes == 0 ? rendered : "/" + rendered.substring(slashes));
    }

    /** What no URL can hold is encoded as UTF-8 (RFC 3986 §2.1). */
    static String encoded(String place) {
        StringBuilder ascii = new StringBuilder(place.length());
        place.codePoints().forEach(point -> {
            if (point > ' ' && point < 0x7f) ascii.append((char) point);
            else
                for (byte b : Character.toString(point).getBytes(StandardCharsets.UTF_8))
                    ascii.append("%%%02X".formatted(b & 0xff));
        });
        return ascii.toString();
    }
}
