package dev.sluice.upstream.discovery;

import dev.sluice.config.BackendConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What is different between two lists of backends, in words. */
final class Changes {
    /** Backends in one line of the log. */
    private static final int MOST = 10;

    private Changes() {}

    static String between(List<BackendConfig> before, List<BackendConfig> now) {
        List<String> was = origins(before);
        List<String> is = origins(now);
        List<String> parts = new ArrayList<>();
        add(parts, "came", is, was);
        add(parts, "left", was, is);
        if (parts.isEmpty()) parts.add("weights have changed");
        return String.join("; ", parts) + "; " + (now.size() == 1 ? "1 backend" : now.size() + " backends");
    }

    private static void add(List<String> parts, String verb, List<String> these, List<String> butNot) {
        List<String> different = these.stream().filter(o -> !butNot.contains(o)).toList();
        if (different.isEmpty()) return;
        String some = different.stream().limit(MOST).collect(Collectors.joining(", "));
        String more = different.size() > MOST ? " and " + (different.size() - MOST) + " more" : "";
        parts.add(some + more + " " + verb);
    }

    private static List<String> origins(List<BackendConfig> backends) {
        return backends.stream().map(BackendConfig::origin).toList();
    }
}
