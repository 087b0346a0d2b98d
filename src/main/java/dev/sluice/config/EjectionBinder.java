package dev.sluice.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The section {@code ejection} of a pool. */
final class EjectionBinder {
    private static final List<String> KEYS =
            List.of("failures", "failureShare", "requests", "window", "statuses", "time", "longest", "most");
    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofHours(24);

    private final Problems problems;

    EjectionBinder(Problems problems) {
        this.problems = problems;
    }

    /** The defaults where there is none, or nothing in it. */
    EjectionConfig bind(@Nullable Node node, String path) {
        EjectionConfig usual = EjectionConfig.defaults();
        if (node instanceof Node.Scalar word && word.text().equals("off")) return EjectionConfig.off();
        Section ejection = Section.optional(node, path, problems, KEYS);
        if (ejection == null) return usual;
        Duration time = ejection.duration("time", usual.time(), SHORTEST, LONGEST);
        Duration longest = usual.longest().compareTo(time) < 0 ? time : usual.longest();
        return new EjectionConfig(
                ejection.number("failures", usual.failures(), 0, 1000),
                ejection.percent("failureShare", usual.failurePercent(), 0, 100),
                ejection.number("requests", usual.requests(), 1, 1_000_000),
                ejection.duration("window", usual.window(), SHORTEST, Duration.ofHours(1)),
                Statuses.bind(ejection, "statuses", usual.statuses(), problems),
                time,
                ejection.duration("longest", longest, time, LONGEST),
                ejection.percent("most", usual.mostPercent(), 1, 100));
    }
}
