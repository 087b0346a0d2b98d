package dev.sluice.config;

import dev.sluice.config.HealthConfig.StatusRange;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The section {@code retries} of a pool. */
final class RetryBinder {
    private static final List<String> KEYS =
            List.of("tries", "methods", "timeouts", "statuses", "budget", "burst", "timeout", "body");
    private static final int MOST_TRIES = 20;
    private static final int MOST_BODY = 1 << 20;

    private final Problems problems;

    RetryBinder(Problems problems) {
        this.problems = problems;
    }

    /** The defaults where there is none, or nothing in it. */
    RetryConfig bind(@Nullable Node node, String path) {
        RetryConfig usual = RetryConfig.defaults();
        if (node instanceof Node.Scalar word && word.text().equals("off")) return RetryConfig.off();
        Section retries = Section.optional(node, path, problems, KEYS);
        if (retries == null) return usual;
        return new RetryConfig(
                retries.number("tries", usual.tries(), 1, MOST_TRIES),
                retries.choice("methods", usual.methods()),
                retries.flag("timeouts", usual.timeouts()),
                statuses(retries, usual.statuses()),
                retries.percent("budget", usual.budgetPercent(), 0, 100),
                retries.number("burst", usual.burst(), 0, 1_000_000),
                retries.duration("timeout", usual.timeout(), Duration.ofMillis(1), Duration.ofHours(1)),
                retries.number("body", usual.body(), 0, MOST_BODY));
    }

    private List<StatusRange> statuses(Section retries, List<StatusRange> usual) {
        Node node = retries.value("statuses");
        if (node instanceof Node.Scalar word && word.text().equals("off")) return List.of();
        List<StatusRange> ranges = Statuses.bind(retries, "statuses", usual, problems);
        // What says that the request itself is wrong would be said by all of them.
        if (node != null && ranges.stream().anyMatch(range -> range.first() < 500))
            problems.add(
                    node.at(), retries.path("statuses"), "holds one below 500 (expected statuses of servers, or off)");
        return ranges;
    }
}
