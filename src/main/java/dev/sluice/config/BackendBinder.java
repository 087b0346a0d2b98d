package dev.sluice.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One entry of a list of backends: a URL, or in a pool a mapping with more to say. */
final class BackendBinder {
    static final String URL = "http://host[:port], https://... or h2c://...";

    private static final List<String> KEYS = List.of("url", "weight", "backup", "tls");
    private static final int HEAVIEST = 65_535;

    private final Problems problems;
    private final BackendTlsBinder tls;

    BackendBinder(Problems problems, SecretFiles files) {
        this.problems = problems;
        this.tls = new BackendTlsBinder(problems, files);
    }

    /** An entry of a pool; null when it is none, which has been reported. */
    @Nullable
    BackendConfig bind(Node node, String path) {
        if (!(node instanceof Node.Mapping)) return url(node, path);
        Section section = Section.of(node, path, problems, KEYS);
        if (section == null) return null;
        int weight = section.number("weight", 1, 1, HEAVIEST);
        boolean backup = section.flag("backup", false);
        Node how = section.value("tls");
        BackendTlsConfig itsTls = how == null ? null : tls.bind(how, section.path("tls"));
        Node url = section.value("url");
        if (url == null) {
            section.missing("url", URL);
            return null;
        }
        BackendConfig backend = url(url, section.path("url"));
        if (backend == null) return null;
        if (!backend.isSecure())
            section.refuse("tls", "goes with no " + backend.origin() + " (expected an https:// backend)");
        return backend.withWeight(weight).withBackup(backup).withTls(itsTls);
    }

    /** An entry of a route's own list, of which no more can be said than its URL. */
    @Nullable
    BackendConfig bare(Node node, String path) {
        if (!(node instanceof Node.Mapping)) return url(node, path);
        problems.unexpected(node, path, "a URL", URL + "; in pools there can be a mapping");
        return null;
    }

    private @Nullable BackendConfig url(Node node, String path) {
        String text = Section.text(node, path, problems, "a URL", URL);
        return text == null ? null : Section.parsed(node, path, problems, text, BackendConfig::parse);
    }

    /** A pool's own {@code tls} goes to those of its backends that speak TLS and have none. */
    List<BackendConfig> withTls(Section pool, List<BackendConfig> backends) {
        Node node = pool.value("tls");
        BackendTlsConfig shared = node == null ? null : tls.bind(node, pool.path("tls"));
        if (node == null || shared == null) return backends;
        if (!backends.isEmpty() && backends.stream().noneMatch(BackendConfig::isSecure)) {
            String first = backends.get(0).origin();
            pool.refuse("tls", "goes with no backend such as " + first + " (expected an https:// one in the pool)");
        }
        return backends.stream()
                .map(b -> b.isSecure() && b.tls() == null ? b.withTls(shared) : b)
                .toList();
    }
}
