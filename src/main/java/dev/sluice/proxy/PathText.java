package dev.sluice.proxy;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Paths as expressions see them: percent-decoded, but for what would read as something else then, {@code %2F} for one. From
 * there back to the wire.
 */
final class PathText {
    /** Decoded, they would part what is one, or be what they are not. */
    private static final String KEPT = "/\\%?#;";

    /** Of a path, beside letters and digits (RFC 3986 §3.3). */
    private static final String PLAIN = "-._~!$&'()*+,;=:@/";

    private PathText() {}

    /** Raw to readable. What is not UTF-8 stays as it is. */
    static String decode(String raw) {
        if (raw.indexOf('%') < 0) return raw;
        StringBuilder text = new StringBuilder(raw.length());
        for (int i = 0; i < raw.length(); ) {
            int end = i;
            while (isEncoded(raw, end)) end += 3;
            if (end == i) {
                text.append(raw.charAt(i++));
            } else {
                text.append(decoded(raw.substring(i, end)));
                i = end;
            }
        }
        return text.toString();
    }

    private static boolean isEncoded(String raw, int at) {
        return at + 2 < raw.length()
                && raw.charAt(at) == '%'
                && Character.digit(raw.charAt(at + 1), 16) >= 0
                && Character.digit(raw.charAt(at + 2), 16) >= 0;
    }

    /** A run of encoded bytes. */
    private static String decoded(String run) {
        ByteBuffer bytes = ByteBuffer.allocate(run.length() / 3);
        for (int i = 0; i < run.length(); i += 3) bytes.put((byte) Integer.parseInt(run.substring(i + 1, i + 3), 16));
        CharBuffer chars;
        try {
            chars = StandardCharsets.UTF_8.newDecoder().decode(bytes.flip());
        } catch (CharacterCodingException e) {
            return run;
        }
        StringBuilder kept = new StringBuilder();
        for (int i = 0; i < chars.length(); i++) {
            char c = chars.charAt(i);
            if (KEPT.indexOf(c) >= 0 || c < ' ' || c == 0x7f) kept.append(hex(c));
            else kept.append(c);
        }
        return kept.toString();
    }

    private static String hex(int b) {
        return "%%%02X".formatted(b);
    }

    /** Readable to raw: what no path can hold is encoded, and what is encoded stays so. */
    static String encode(String text) {
        return encode(text, "");
    }

    /** @param too what is to be encoded though a path can hold it */
    static String encode(String text, String too) {
        StringBuilder raw = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); ) {
            int point = text.codePointAt(i);
            boolean letter = point < 0x80 && Character.isLetterOrDigit(point);
            if (letter || PLAIN.indexOf(point) >= 0 && too.indexOf(point) < 0 || isEncoded(text, i))
                raw.appendCodePoint(point);
            else for (byte b : Character.toString(point).getBytes(StandardCharsets.UTF_8)) raw.append(hex(b & 0xff));
            i += Character.charCount(point);
        }
        return raw.toString();
    }

    /**
     * Whether any server could read a way upwards in it: a dot segment, also one that shows only behind what some cut or take
     * for a slash. For paths that are put together, which nobody else has looked at.
     */
    static boolean climbs(String raw) {
        if (raw.indexOf("..") < 0 && raw.indexOf("%2e") < 0 && raw.indexOf("%2E") < 0) return false;
        String plain = raw.replaceAll("(?i)%2e", ".")
                .replaceAll("(?i)%2f|%5c|\\\\", "/")
                .replaceAll("(?i)%3b", ";");
        for (String segment : plain.split("/", -1)) if (segment.equals("..") || segment.startsWith("..;")) return true;
        return false;
    }

    /**
     * The same raw path without dot segments (RFC 3986 §5.2.4), encoded ones included.
     *
     * @return null when it climbs above the root
     */
    static @Nullable String withoutDots(String raw) {
        if (raw.indexOf("/.") < 0 && raw.indexOf("/%2e") < 0 && raw.indexOf("/%2E") < 0) return raw;
        Deque<String> segments = new ArrayDeque<>();
        String[] parts = raw.substring(1).split("/", -1);
        for (int i = 0; i < parts.length; i++) {
            String dots = parts[i].indexOf('%') < 0 ? parts[i] : parts[i].replaceAll("(?i)%2e", ".");
            boolean last = i == parts.length - 1;
            if (!dots.equals(".") && !dots.equals("..")) {
                segments.addLast(parts[i]);
                continue;
            }
            if (dots.equals("..") && segments.pollLast() == null) return null;
            if (last) segments.addLast("");
        }
        return "/" + String.join("/", segments);
    }
}
