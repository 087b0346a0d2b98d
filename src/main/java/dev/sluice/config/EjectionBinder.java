package dev.sluice.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The section {@code ejection} of a pool. */
final class EjectionBinder {
    private static final Duration LONGEST = Duration.ofHours(24);

    private final Problems problems;

    EjectionBinder(Problems problems) {
        this.problems = problems;
    }

    /** The defaults where there is none, or nothing in it. */
    EjectionConfig bind(@Nullable Node node, String path) {
        EjectionConfig usual = EjectionConfig.defaults();
        if (node instanceof Node.Scalar word && word.text().equals("off")) return EjectionConfig.off();
        Section ejection = Section.optional(node, path, problems, FailureKeys.EJECTION);
        if (ejection == null) return usual;
        Duration time = ejection.duration("time", usual.time());
        Duration longest = usual.longest().compareTo(time) < 0 ? time : usual.longest();
        return new EjectionConfig(
                ejection.number("failures", usual.failures()),
                ejection.percent("failureShare", usual.failurePercent()),
                ejection.number("requests", usual.requests()),
                ejection.duration("window", usual.window()),
                Statuses.bind(ejection, "statuses", usual.statuses(), problems),
                time,
                ejection.duration("longest", longest, time, LONGEST),
                ejection.percent("most", usual.mostPercent()));
    }
}
