package dev.sluice.config;

import dev.sluice.config.HealthConfig.StatusRange;
import java.util.ArrayList;
import java.util.List;

/** Statuses of answers, as several sections name them: one, a range, or a list of them. */
final class Statuses {
    private static final String EXPECTED = "200, 200-299 or a list of such";

    private Statuses() {}

    /** At least one, or the fallback where the key is not there. */
    static List<StatusRange> bind(Section section, String key, List<StatusRange> fallback, Problems problems) {
        Node node = section.value(key);
        if (node == null) return fallback;
        List<StatusRange> ranges = new ArrayList<>();
        String path = section.path(key);
        if (!(node instanceof Node.Sequence list)) {
            add(node, path, ranges, problems);
            return ranges;
        }
        if (list.items().isEmpty()) problems.add(node.at(), path, "there is no status (expected at least one)");
        for (int i = 0; i < list.items().size(); i++) add(list.items().get(i), path + "[" + i + "]", ranges, problems);
        return ranges;
    }

    private static void add(Node node, String path, List<StatusRange> ranges, Problems problems) {
        String text = Section.text(node, path, problems, "a status", EXPECTED);
        if (text == null) return;
        StatusRange range = Section.parsed(node, path, problems, text, Statuses::range);
        if (range != null) ranges.add(range);
    }

    /** Interim statuses are not taken: no answer ends with one. */
    private static StatusRange range(String text) {
        if (!text.matches("\\d{3}(-\\d{3})?")) {
            throw new IllegalArgumentException(Text.quote(text) + " is not a status (expected " + EXPECTED + ")");
        }
        int first = Integer.parseInt(text.substring(0, 3));
        int last = Integer.parseInt(text.substring(text.length() - 3));
        if (first < 200 || first > 599 || last < 200 || last > 599) {
            throw new IllegalArgumentException(text + " is out of range (expected 200 to 599)");
        }
        if (last < first) {
            throw new IllegalArgumentException(text + " is empty (expected " + last + "-" + first + ")");
        }
        return new StatusRange(first, last);
    }
}
