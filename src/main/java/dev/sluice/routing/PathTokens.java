package dev.sluice.routing;

import dev.sluice.routing.RouteMatch.Refused;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A path, percent-decoded once (RFC 3986 §2.1, §2.4: never twice), byte by byte, where the bytes that shape a path still
 * know whether they were encoded.
 */
final class PathTokens {
    // The low eight bits of a token are the byte; one of these above it says that servers disagree about it.
    static final char SLASH = 0x100;
    static final char ENCODED_SLASH = 0x200;
    static final char BACKSLASH = 0x400;
    static final char ENCODED_BACKSLASH = 0x800;
    static final char SEMICOLON = 0x1000;
    static final char DOT = 0x2000;
    static final char ENCODED_DOT = 0x4000;

    private static final int SEPARATORS = SLASH | ENCODED_SLASH | BACKSLASH | ENCODED_BACKSLASH;
    private static final int DOTS = DOT | ENCODED_DOT;

    /** Stands for a character that is none: UTF-8 never holds it. */
    private static final char NO_BYTE = 0xFF;

    private static final Refused CONTROL = new Refused("path holds a control character");
    private static final Refused DELIMITER = new Refused("path holds a raw ? or #");
    private static final Refused NUL = new Refused("path holds an encoded NUL");
    private static final Refused MALFORMED = new Refused("path holds a malformed percent-encoding");
    private static final Refused OVERLONG = new Refused("path holds an overlong UTF-8 sequence");

    /** The tokens; those from {@link #length} on mean nothing. */
    final char[] tokens;

    int length;

    /** Why no server should see this path; the tokens mean nothing then. Null when nothing is wrong with it. */
    @Nullable
    Refused refused;

    /** All tokens, laid over each other. */
    private int union;

    /** Two dots in a row, encoded or not: without them nothing can climb. */
    boolean dotDot;

    /** What some servers take for the end of a segment, between a semicolon and the next slash. */
    boolean separatorInParams;

    /** What some server may read as an empty segment. */
    boolean empty;

    private PathTokens(int capacity) {
        this.tokens = new char[capacity];
    }

    /**
     * Decodes.
     *
     * @param path starts with a slash
     */
    static PathTokens decode(String path) {
        boolean ascii = path.chars().allMatch(c -> c < 0x80);
        String bytes = ascii ? path : new String(path.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        PathTokens decoded = new PathTokens(bytes.length());
        decoded.refused = decoded.fill(bytes);
        if (decoded.refused == null && !ascii) {
            // HTTP/2 hands over a byte in each character, and an overlong sequence must not pass for letters then.
            decoded.refused = new PathTokens(path.length()).fill(path);
        }
        decoded.survey();
        return decoded;
    }

    private @Nullable Refused fill(String bytes) {
        for (int i = 0; i < bytes.length(); i++) {
            char c = bytes.charAt(i);
            if (c < ' ' || c == 0x7F) {
                return CONTROL;
            }
            if (c == '?' || c == '#') {
                return DELIMITER;
            }
            if (c > 0xFF) {
                c = NO_BYTE;
            }
            if (c == '%') {
                if (i + 2 >= bytes.length()) {
                    return MALFORMED;
                }
                int high = hex(bytes.charAt(++i));
                int low = hex(bytes.charAt(++i));
                if (high < 0 || low < 0) {
                    return MALFORMED;
                }
                if (high == 0 && low == 0) {
                    return NUL;
                }
                tokens[length++] = token((char) (high << 4 | low), true);
            } else {
                tokens[length++] = token(c, false);
            }
        }
        return holdsOverlong() ? OVERLONG : null;
    }

    private static char token(char c, boolean encoded) {
        int kind = switch (c) {
            case '/' -> encoded ? ENCODED_SLASH : SLASH;
            case '\\' -> encoded ? ENCODED_BACKSLASH : BACKSLASH;
            case '.' -> encoded ? ENCODED_DOT : DOT;
            case ';' -> encoded ? 0 : SEMICOLON;
            default -> 0;
        };
        return (char) (kind | c);
    }

    /** Not {@link Character#digit}: that takes digits of other scripts too. */
    static int hex(char c) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        int lower = c | 0x20;
        return c < 0x80 && lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }

    /**
     * Whether a longer form than the shortest stands for a character that shapes a path. RFC 3629 §3 forbids it and §10
     * says why: a lenient decoder would see a slash where we saw none. Other invalid UTF-8 is data.
     */
    private boolean holdsOverlong() {
        for (int i = 0; i < length; i++) {
            int lead = tokens[i] & 0xFF;
            if (lead < 0xC0 || lead > 0xFD) {
                continue;
            }
            int more = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : lead < 0xF8 ? 3 : lead < 0xFC ? 4 : 5;
            int value = lead & (0x3F >> more);
            int last = i + more;
            for (int k = i + 1; k <= last && value >= 0; k++) {
                boolean continues = k < length && (tokens[k] & 0xC0) == 0x80;
                value = continues ? value << 6 | (tokens[k] & 0x3F) : -1;
            }
            if (value == '/' || value == '.' || value == '\\' || value == ';' || value == 0) {
                return true;
            }
        }
        return false;
    }

    private void survey() {
        boolean inParams = false;
        for (int i = 0; i < length; i++) {
            int token = tokens[i];
            int next = i + 1 < length ? tokens[i + 1] : 0;
            union |= token;
            dotDot |= (token & DOTS) != 0 && (next & DOTS) != 0;
            empty |= (token & SEPARATORS) != 0 && (next & (SEPARATORS | SEMICOLON)) != 0;
            inParams = (token & SLASH) == 0 && (inParams || (token & SEMICOLON) != 0);
            separatorInParams |= inParams && (token & SEPARATORS) != 0;
        }
    }

    /** Whether there is a token of this kind. */
    boolean has(char kind) {
        return (union & kind) != 0;
    }

    boolean regionIs(String segment, int from, int to) {
        if (segment.length() != to - from) {
            return false;
        }
        for (int i = from; i < to; i++) {
            if ((tokens[i] & 0xFF) != segment.charAt(i - from)) {
                return false;
            }
        }
        return true;
    }
}
