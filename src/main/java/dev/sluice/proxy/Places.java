package dev.sluice.proxy;

import dev.sluice.config.Template;
import java.nio.charset.StandardCharsets;

/** Where clients are sent. */
final class Places {
    private Places() {}

    /**
     * The text of a {@code Location}: a path stays one whatever a client has put into it, because two slashes would be
     * another host, and what is not ASCII is encoded.
     */
    static String of(Template written, String rendered) {
        String place = rendered;
        if (written.text().startsWith("/")) {
            int slashes = 0;
            while (slashes < place.length() && "/\\".indexOf(place.charAt(slashes)) >= 0) slashes++;
            place = "/" + place.substring(slashes);
        }
        return encoded(place);
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
