package dev.sluice.routing;

import dev.sluice.config.HostName;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** From the host of a request to its routes: one lookup for a host by its name, else one for each of its labels. Immutable. */
final class Hosts {
    private final Map<String, PathTree> names = new HashMap<>();

    /** By what follows the star and its dot. */
    private final Map<String, PathTree> wildcards = new HashMap<>();

    private final PathTree every;

    private Hosts(PathTree every) {
        this.every = every;
    }

    /** @param candidates in the order of precedence */
    static Hosts of(List<Candidate> candidates) {
        PathTree.Draft every = new PathTree.Draft();
        Map<String, PathTree.Draft> drafts = new HashMap<>();
        for (Candidate candidate : candidates) {
            List<String> hosts = candidate.route().conditions().hosts();
            if (hosts.isEmpty()) every.add(candidate);
            for (String host : hosts)
                drafts.computeIfAbsent(host, h -> new PathTree.Draft()).add(candidate);
        }
        Hosts built = new Hosts(every.freeze(null));
        // A tree knows the next wider one: wildcards first, the shorter the sooner.
        drafts.keySet().stream()
                .sorted(Comparator.comparing((String host) -> !HostName.isWildcard(host))
                        .thenComparing(String::length))
                .forEach(host -> built.add(host, drafts.get(host)));
        return built;
    }

    private void add(String host, PathTree.@Nullable Draft draft) {
        if (draft == null) return;
        boolean wildcard = HostName.isWildcard(host);
        String name = wildcard ? host.substring(2) : host;
        PathTree tree = draft.freeze(wider(name));
        (wildcard ? wildcards : names).put(name, tree);
    }

    /** Whether no route looks at the host. */
    boolean areNone() {
        return names.isEmpty() && wildcards.isEmpty();
    }

    /** For requests whose host is of no account. */
    PathTree every() {
        return every;
    }

    /** @param host as {@link HostName#normal} */
    PathTree of(String host) {
        PathTree named = names.get(host);
        return named == null ? wider(host) : named;
    }

    /** The tree of the longest wildcard for a name, or that of every host. */
    private PathTree wider(String host) {
        // An address has no labels.
        boolean labels = !wildcards.isEmpty() && !host.startsWith("[");
        for (int dot = labels ? host.indexOf('.') : -1; dot > 0; dot = host.indexOf('.', dot + 1)) {
            PathTree tree = wildcards.get(host.substring(dot + 1));
            if (tree != null) return tree;
        }
        return every;
    }
}
