package dev.sluice.routing;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The slow and obvious way: rewrites the path once for each thinkable reading, then tries each prefix. Knows well-formed
 * paths only. What was encoded and matters stands as a private-use character until it is clear what it means.
 */
final class ReferenceMatcher {
    private static final char SLASH = '\ue001';
    private static final char BACKSLASH = '\ue002';
    private static final char DOT = '\ue003';
    private static final char SEMICOLON = '\ue004';

    private ReferenceMatcher() {}

    /** The prefix that all readings select, {@code "default"} or {@code "refused"}. */
    static String outcome(Set<String> readings, List<String> prefixes) {
        Set<String> outcomes = new TreeSet<>();
        for (String reading : readings) {
            String best = "default";
            for (String prefix : prefixes) {
                boolean covers = (reading + "/").startsWith(prefix + "/");
                if (covers && (best.equals("default") || prefix.length() > best.length())) {
                    best = prefix;
                }
            }
            outcomes.add(reading.equals("climbs") ? "refused" : best);
        }
        return outcomes.size() == 1 ? outcomes.iterator().next() : "refused";
    }

    /** All that the path can mean, {@code "climbs"} among them. */
    static Set<String> readings(String path) {
        String decoded = decode(path);
        Set<String> readings = new LinkedHashSet<>();
        for (int i = 0; i < 2 * 3 * 3 * 3 * 2; i++) {
            readings.add(read(decoded, i % 2 == 1, i / 2 % 3, i / 6 % 3, i / 18 % 3, i / 54 == 1));
        }
        return readings;
    }

    private static String read(String path, boolean slash, int backslash, int params, int empty, boolean dots) {
        String p = path;
        if (params == 1) {
            p = cutParams(p);
        }
        p = slash ? p.replace(SLASH, '/') : p;
        p = backslash > 0 ? p.replace('\\', '/') : p;
        p = backslash > 1 ? p.replace(BACKSLASH, '/') : p;
        if (params == 2) {
            p = cutParams(p);
        }
        while (empty == 1 && p.contains("//")) {
            p = p.replace("//", "/");
        }
        String resolved = removeDotSegments(p, dots);
        while (empty == 2 && resolved != null && resolved.contains("//")) {
            resolved = resolved.replace("//", "/");
        }
        return resolved == null ? "climbs" : resolved;
    }

    private static String cutParams(String path) {
        StringBuilder kept = new StringBuilder();
        for (String segment : path.split("/", -1)) {
            kept.append('/').append(segment.split(";", -1)[0]);
        }
        return kept.substring(1);
    }

    private static @Nullable String removeDotSegments(String path, boolean encodedDots) {
        Deque<String> kept = new ArrayDeque<>();
        boolean dots = false;
        for (String segment : path.substring(1).split("/", -1)) {
            String name = encodedDots ? segment.replace(DOT, '.') : segment;
            dots = name.equals(".") || name.equals("..");
            if (name.equals("..") && kept.pollLast() == null) {
                return null;
            }
            if (!name.equals("..") && !name.equals(".")) {
                kept.addLast(segment);
            }
        }
        if (dots) {
            kept.addLast(""); // RFC 3986 §5.2.4: the slash in front of them stays.
        }
        return "/" + String.join("/", kept);
    }

    /** As expressions see it. */
    static String text(String reading) {
        return reading.replace(String.valueOf(SLASH), "%2F")
                .replace(BACKSLASH, '\\')
                .replace(DOT, '.')
                .replace(SEMICOLON, ';');
    }

    private static String decode(String path) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < path.length(); i++) {
            if (path.charAt(i) != '%') {
                out.append(path.charAt(i));
                continue;
            }
            String hex = path.substring(i + 1, i + 3).toLowerCase(Locale.ROOT);
            out.append(
                    switch (hex) {
                        case "2f" -> SLASH;
                        case "5c" -> BACKSLASH;
                        case "2e" -> DOT;
                        case "3b" -> SEMICOLON;
                        default -> (char) Integer.parseInt(hex, 16);
                    });
            i += 2;
        }
        return out.toString();
    }
}
