package dev.sluice.config;

import dev.sluice.config.HealthConfig.StatusRange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The section {@code retries} of a pool. */
final class RetryBinder {

    private final Problems problems;

    RetryBinder(Problems problems) {
        this.problems = problems;
    }

    /** The defaults where there is none, or nothing in it. */
    RetryConfig bind(@Nullable Node node, String path) {
        RetryConfig usual = RetryConfig.defaults();
        if (node instanceof Node.Scalar word && word.text().equals("off")) return RetryConfig.off();
        Section retries = Section.optional(node, path, problems, FailureKeys.RETRIES);
        if (retries == null) return usual;
        return new RetryConfig(
                retries.number("tries", usual.tries()),
                retries.choice("methods", usual.methods()),
                retries.flag("timeouts", usual.timeouts()),
                statuses(retries, usual.statuses()),
                retries.percent("budget", usual.budgetPercent()),
                retries.number("burst", usual.burst()),
                retries.duration("timeout", usual.timeout()),
                retries.number("body", usual.body()));
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
