package dev.sluice.config;

/**
 * Which paths a route takes.
 *
 * @param text decoded, without a query
 */
public record PathCondition(Kind kind, String text) {
    /** How the text is to be read. */
    public enum Kind {
        /** {@code /api} means {@code /api} and {@code /api/*}, not {@code /apix}. */
        PREFIX,
        /** This path alone, a slash at its end included. */
        EXACT,
        /** An {@link Expression} that the whole path fits. */
        PATTERN
    }

    @Override
    public String toString() {
        return switch (kind) {
            case PREFIX -> "path " + text;
            case EXACT -> "exactPath " + text;
            case PATTERN -> "pathPattern " + text;
        };
    }
}
