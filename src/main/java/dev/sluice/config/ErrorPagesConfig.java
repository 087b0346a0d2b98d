package dev.sluice.config;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What answers that are errors look like. Immutable.
 *
 * @param pages by statuses, {@code 404}, or classes of them, {@code 5xx}
 * @param intercept whether answers of backends have them, too
 */
public record ErrorPagesConfig(Map<String, Page> pages, boolean intercept) {
    /** A line of text. */
    public static final ErrorPagesConfig NONE = new ErrorPagesConfig(Map.of(), false);

    public ErrorPagesConfig {
        pages = Collections.unmodifiableMap(new TreeMap<>(pages));
    }

    /** Null when there is none for that status. */
    public @Nullable Page page(int status) {
        Page exact = pages.get(Integer.toString(status));
        return exact == null ? pages.get(status / 100 + "xx") : exact;
    }
}
