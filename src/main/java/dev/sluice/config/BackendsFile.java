package dev.sluice.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A file that is a list of backends. */
final class BackendsFile {
    private static final Keys KEYS = PoolKeys.BACKEND.only("listedBackend", "url", "weight", "backup");
    private static final String LIST =
            "a list such as [ \"http://10.0.0.1:8000\", { url: \"http://10.0.0.2:8000\", weight: 2 } ], or []";

    private final Source source;
    private final Problems problems;

    BackendsFile(Source source, Problems problems) {
        this.source = source;
        this.problems = problems;
    }

    /** What could be read; the rest has been reported. */
    List<BackendConfig> bind(@Nullable Node root) {
        List<BackendConfig> backends = new ArrayList<>();
        if (root == null || Section.isNull(root)) {
            // More likely cut off in writing than meant: the pool must not be emptied by that.
            problems.add(
                    new Place(source, 1, 1), "", "nothing is in this file (expected " + LIST + " if none is meant)");
            return backends;
        }
        if (!(root instanceof Node.Sequence list)) {
            problems.unexpected(root, "", "a list", LIST);
            return backends;
        }
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < list.items().size(); i++) {
            Node item = list.items().get(i);
            String path = "[" + i + "]";
            BackendConfig backend = backend(item, path);
            if (backend == null) continue;
            if (!seen.add(backend.origin() + backend.basePath() + "?" + backend.query())) {
                String twice = Text.quote(backend.origin() + backend.basePath()) + " is given twice";
                problems.add(item.at(), path, twice + " (expected each backend once)");
            }
            backends.add(backend);
        }
        return backends;
    }

    private @Nullable BackendConfig backend(Node node, String path) {
        if (!(node instanceof Node.Mapping)) return url(node, path);
        Section section = Section.of(node, path, problems, KEYS);
        if (section == null) return null;
        int weight = section.number("weight", 1);
        boolean backup = section.flag("backup", false);
        Node url = section.value("url");
        if (url == null) {
            section.missing("url", BackendBinder.URL);
            return null;
        }
        BackendConfig backend = url(url, section.path("url"));
        return backend == null ? null : backend.withWeight(weight).withBackup(backup);
    }

    private @Nullable BackendConfig url(Node node, String path) {
        String text = Section.text(node, path, problems, "a URL", BackendBinder.URL);
        return text == null ? null : Section.parsed(node, path, problems, text, BackendConfig::parse);
    }
}
