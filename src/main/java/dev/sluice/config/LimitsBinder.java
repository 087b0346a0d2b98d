package dev.sluice.config;

import dev.sluice.config.LimitsConfig.Adaptive;
import org.jspecify.annotations.Nullable;

/** The section {@code limits} of a pool. */
final class LimitsBinder {
    private static final int MOST = 1_000_000;

    private final Problems problems;

    LimitsBinder(Problems problems) {
        this.problems = problems;
    }

    /** The defaults where there is none, or nothing in it. */
    LimitsConfig bind(@Nullable Node node, String path) {
        LimitsConfig usual = LimitsConfig.defaults();
        Section limits = Section.optional(node, path, problems, PoolKeys.LIMITS);
        if (limits == null) return usual;
        return new LimitsConfig(
                limits.number("backendRequests", usual.backendRequests()),
                limits.number("poolRequests", usual.poolRequests()),
                limits.number("backendConnections", usual.backendConnections()),
                limits.number("poolConnections", usual.poolConnections()),
                limits.number("queue", usual.queue()),
                limits.duration("queueTimeout", usual.queueTimeout()),
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
        Section adaptive = Section.of(node, limits.path("adaptive"), problems, PoolKeys.ADAPTIVE);
        if (adaptive == null) return null;
        Adaptive usual = Adaptive.defaults();
        int least = adaptive.number("least", usual.least());
        int most = adaptive.number("most", Math.max(least, usual.most()), least, MOST);
        int start = Math.max(least, Math.min(most, usual.start()));
        return new Adaptive(least, most, adaptive.number("start", start, least, most));
    }
}
