package dev.sluice.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One entry of a list of backends: a URL, or in a pool a mapping with more to say. */
final class BackendBinder {
    static final String URL = "http://host[:port], https://... or h2c://...";

    /** An entry is a URL, or says where to look for backends: {@link DiscoveryBinder}. */
    static final Keys KEYS = PoolKeys.BACKEND;

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
        int weight = section.number("weight", 1);
        boolean backup = section.flag("backup", false);
        BackendTlsConfig itsTls = tls(section);
        Node url = section.value("url");
        if (url == null) {
            if (DiscoveryBinder.PLACES.stream().noneMatch(section::misspelt)) section.missing("url", URL);
            return null;
        }
        BackendConfig backend = url(url, section.path("url"));
        if (backend == null) return null;
        refuseTls(section, backend);
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

    /** Its {@code tls}; null when there is none, or it has been reported. */
    @Nullable
    BackendTlsConfig tls(Section section) {
        Node node = section.value("tls");
        return node == null ? null : tls.bind(node, section.path("tls"));
    }

    /** Reports {@code tls} beside a backend that speaks none. */
    void refuseTls(Section section, BackendConfig backend) {
        if (!backend.isSecure())
            section.refuse("tls", "goes with no " + backend.origin() + " (expected an https:// backend)");
    }

    /** Reports a pool's own {@code tls} where none of its backends speaks TLS. */
    void refuseTls(Section pool, List<BackendConfig> likely) {
        if (likely.isEmpty() || likely.stream().anyMatch(BackendConfig::isSecure)) return;
        String first = likely.get(0).origin();
        pool.refuse("tls", "goes with no backend such as " + first + " (expected an https:// one in the pool)");
    }

    /** A pool's own {@code tls} goes to those of its backends that speak TLS and have none. */
    static BackendConfig withTls(BackendConfig backend, @Nullable BackendTlsConfig pools) {
        return backend.isSecure() && backend.tls() == null ? backend.withTls(pools) : backend;
    }
}
