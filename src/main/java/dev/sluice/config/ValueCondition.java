package dev.sluice.config;

/**
 * What a header, a query parameter or a cookie must be.
 *
 * @param name of a header in lower case; of the others as it is written
 * @param value the value or the expression; empty where only its presence counts
 */
public record ValueCondition(String name, Kind kind, String value) {
    /** How the value is compared. */
    public enum Kind {
        /** The same, character for character. */
        EXACT,
        /** The whole value fits an {@link Expression}. */
        PATTERN,
        /** There is one, an empty one included. */
        PRESENT,
        /** There is none. */
        ABSENT
    }

    /** Exactly this value. */
    public static ValueCondition of(String name, String value) {
        return new ValueCondition(name, Kind.EXACT, value);
    }

    /** Any value. */
    public static ValueCondition present(String name) {
        return new ValueCondition(name, Kind.PRESENT, "");
    }

    @Override
    public String toString() {
        return switch (kind) {
            case EXACT -> name + "=" + value;
            case PATTERN -> name + "~" + value;
            case PRESENT -> name;
            case ABSENT -> "no " + name;
        };
    }
}
