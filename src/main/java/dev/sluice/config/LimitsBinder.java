package dev.sluice.config;

import dev.sluice.config.LimitsConfig.Adaptive;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The section {@code limits} of a pool. */
final class LimitsBinder {
    private static final List<String> KEYS = List.of(
            "backendRequests",
            "poolRequests",
            "backendConnections",
            "poolConnections",
            "queue",
            "queueTimeout",
            "adaptive");
    private static final List<String> ADAPTIVE = List.of("least", "most", "start");
    private static final int MOST = 1_000_000;
    private static final int MOST_CONNECTIONS = 65_535;

    private final Problems problems;

    LimitsBinder(Problems problems) {
        this.problems = problems;
    }

    /** The defaults where there is none, or nothing in it. */
    LimitsConfig bind(@Nullable Node node, String path) {
        LimitsConfig usual = LimitsConfig.defaults();
        Section limits = Section.optional(node, path, problems, KEYS);
        if (limits == null) return usual;
        return new LimitsConfig(
                limits.number("backendRequests", usual.backendRequests(), 0, MOST),
                limits.number("poolRequests", usual.poolRequests(), 0, MOST),
                limits.number("backendConnections", usual.backendConnections(), 0, MOST_CONNECTIONS),
                limits.number("poolConnections", usual.poolConnections(), 0, MOST),
                limits.number("queue", usual.queue(), 0, MOST),
                limits.duration("queueTimeout", usual.queueTimeout(), Duration.ofMillis(1), Duration.ofMinutes(10)),
                adaptive(limits));
    }

    private @Nullable Adaptive adaptive(Section limits) {
        Node node = limits.value("adaptive");
        if (node == null) return null;
        if (node instanceof Node.Scalar word) {
            if (word.text().equals("off") || word.text().equals("false")) return null;
            if (word.text().equals("true")) return Adaptive.defaults();
            problems.unexpected(node, limits.path("adaptive"), "a switch or a mapping", "true, off or { start: 20 }");
            return null;
        }
        Section adaptive = Section.of(node, limits.path("adaptive"), problems, ADAPTIVE);
        if (adaptive == null) return null;
        Adaptive usual = Adaptive.defaults();
        int least = adaptive.number("least", usual.least(), 1, MOST);
        int most = adaptive.number("most", Math.max(least, usual.most()), least, MOST);
        int start = Math.max(least, Math.min(most, usual.start()));
        return new Adaptive(least, most, adaptive.number("start", start, least, most));
    }
}
