package dev.sluice.routing;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * One of the ways in which servers read a path. RFC 3986 leaves no doubt about most of them (§2.2: {@code %2F} is data;
 * §3.3: parameters and empty segments are part of the path), but servers do not ask it.
 *
 * @param encodedSlash {@code %2F} ends a segment; else it is data
 * @param backslash {@code \} ends a segment; else it is data
 * @param encodedBackslash {@code %5C} does too
 * @param params what becomes of {@code ;name=value}
 * @param empty what becomes of an empty segment
 * @param encodedDots {@code %2e%2e} is a dot segment; else it is data
 */
record Reading(
        boolean encodedSlash,
        boolean backslash,
        boolean encodedBackslash,
        Params params,
        Empty empty,
        boolean encodedDots) {

    enum Params {
        KEPT,
        /** Cut before anything is decoded, up to the next slash as it stands: Tomcat, Jetty. */
        CUT_TO_SLASH,
        /** Cut from segments that were split already. */
        CUT_TO_SEPARATOR
    }

    enum Empty {
        KEPT,
        /** Dropped before dot segments are resolved, so that {@code ..} never takes one away: nginx, Tomcat, Go. */
        DROPPED_FIRST,
        /** Dropped after {@code ..} has taken what it takes: older Apache httpd. */
        DROPPED_LAST
    }

    /** RFC 3986 to the letter, §6.2.2.2 with §5.2.4: what is unreserved is decoded, then dot segments are resolved. */
    static final Reading STANDARD = new Reading(false, false, false, Params.KEPT, Empty.KEPT, true);

    /** Those ways that can make a difference to this path, the standard one first: one to 108, mostly one to three. */
    static List<Reading> of(PathTokens path) {
        List<Reading> readings = new ArrayList<>();
        readings.add(STANDARD);
        if (path.has(PathTokens.ENCODED_SLASH)) {
            add(readings, r -> new Reading(true, r.backslash, r.encodedBackslash, r.params, r.empty, r.encodedDots));
        }
        addBackslashes(path, readings);
        if (path.has(PathTokens.SEMICOLON)) {
            int before = readings.size();
            add(readings, before, r -> r.with(Params.CUT_TO_SLASH));
            if (path.separatorInParams) {
                add(readings, before, r -> r.with(Params.CUT_TO_SEPARATOR));
            }
        }
        if (path.empty) {
            int before = readings.size();
            add(readings, before, r -> r.with(Empty.DROPPED_FIRST));
            if (path.dotDot) {
                add(readings, before, r -> r.with(Empty.DROPPED_LAST));
            }
        }
        if (path.has(PathTokens.ENCODED_DOT)) {
            add(readings, r -> new Reading(r.encodedSlash, r.backslash, r.encodedBackslash, r.params, r.empty, false));
        }
        return readings;
    }

    /** A browser's URL parser takes the raw one for a slash and the encoded one for data; nobody does the reverse. */
    private static void addBackslashes(PathTokens path, List<Reading> readings) {
        int before = readings.size();
        if (path.has(PathTokens.BACKSLASH)) {
            add(readings, before, r -> new Reading(r.encodedSlash, true, false, r.params, r.empty, r.encodedDots));
        }
        if (path.has(PathTokens.ENCODED_BACKSLASH)) {
            add(readings, before, r -> new Reading(r.encodedSlash, true, true, r.params, r.empty, r.encodedDots));
        }
    }

    private static void add(List<Reading> readings, UnaryOperator<Reading> change) {
        add(readings, readings.size(), change);
    }

    private static void add(List<Reading> readings, int count, UnaryOperator<Reading> change) {
        for (int i = 0; i < count; i++) {
            readings.add(change.apply(readings.get(i)));
        }
    }

    private Reading with(Params value) {
        return new Reading(encodedSlash, backslash, encodedBackslash, value, empty, encodedDots);
    }

    private Reading with(Empty value) {
        return new Reading(encodedSlash, backslash, encodedBackslash, params, value, encodedDots);
    }

    /** The kinds of token that end a segment, as a mask. */
    int separators() {
        return PathTokens.SLASH
                | (encodedSlash ? PathTokens.ENCODED_SLASH : 0)
                | (backslash ? PathTokens.BACKSLASH : 0)
                | (encodedBackslash ? PathTokens.ENCODED_BACKSLASH : 0);
    }

    /** The kinds of token that may make up a dot segment, as a mask. */
    int dots() {
        return PathTokens.DOT | (encodedDots ? PathTokens.ENCODED_DOT : 0);
    }
}
