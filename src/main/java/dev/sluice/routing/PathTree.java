package dev.sluice.routing;

import dev.sluice.config.Expression;
import dev.sluice.config.PathCondition;
import dev.sluice.routing.PathNode.Choice;
import dev.sluice.routing.PathNode.Inherited;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The routes of one host, or of one wildcard, or of every host, by their paths. Immutable. */
final class PathTree {
    private static final String PATH_EXPECTED =
            "a decoded path such as /api: starting with a slash, not ending with one,"
                    + " without empty or dot segments and without %, ;, \\, ?, # and control characters";

    final PathNode root;

    /** The tree of the next wider host, whose routes are asked when none of this one fits; null for every host's. */
    final @Nullable PathTree wider;

    /** For a request without a path (RFC 9112 §3.2.4): the routes that do not ask for one. */
    private final @Nullable Alternatives pathless;

    private PathTree(PathNode root, @Nullable Alternatives pathless, @Nullable PathTree wider) {
        this.root = root;
        this.pathless = pathless;
        this.wider = wider;
    }

    /** What serves a request without a path; null when nothing here does. */
    @Nullable
    RouteMatch withoutPath(Inquiry request) {
        return pathless == null ? null : pathless.first(request);
    }

    /**
     * The node of the longest known beginning of a path; null when the path is to be read in every way. No allocation.
     *
     * @param path starts with a slash
     */
    static @Nullable PathNode walk(PathNode root, String path) {
        PathNode node = root;
        boolean onPrefix = true;
        int length = path.length();
        // Each round takes a segment and the slash that ends it.
        for (int i = 1; i < length; i++) {
            int start = i;
            int hash = 0;
            char c = path.charAt(i);
            // A dot may begin a dot segment: rare enough at this place to leave it to the full reading.
            if (c == '/' || c == '.') {
                return null;
            }
            while (c != '/') {
                if (!isPlain(c)) {
                    return null;
                }
                hash = 31 * hash + c;
                c = ++i < length ? path.charAt(i) : '/';
            }
            PathNode child = onPrefix ? node.child(path, start, i, hash) : null;
            onPrefix = child != null;
            node = child != null ? child : node;
        }
        return node;
    }

    /** Means the same in every reading, wherever it stands. */
    private static boolean isPlain(char c) {
        return c >= ' ' && c < 0x7F && c != '%' && c != ';' && c != '\\' && c != '?' && c != '#';
    }

    /** What serves a path that {@link #walk} led to a node; null when nothing here does. */
    static @Nullable RouteMatch at(PathNode node, String path, Inquiry request) {
        Choice choice = node.choice;
        if (choice == null) {
            return node.match;
        }
        boolean slash = path.length() == choice.length() + 1;
        Alternatives exact = slash ? choice.exactSlash() : path.length() == choice.length() ? choice.exact() : null;
        return among(choice, exact, path, request);
    }

    /** The same for a path in the reading that it was walked in. */
    static @Nullable RouteMatch at(PathWalk walk, Inquiry request) {
        Choice choice = walk.node().choice;
        if (choice == null) {
            return walk.node().match;
        }
        Alternatives exact = !walk.isWhole() ? null : walk.endsInSlash() ? choice.exactSlash() : choice.exact();
        return among(choice, exact, choice.patterns().isEmpty() ? "" : walk.text(), request);
    }

    /**
     * The first that fits.
     *
     * @param exact those that want the path as it is
     * @param text the path, for expressions
     */
    private static @Nullable RouteMatch among(
            Choice choice, @Nullable Alternatives exact, String text, Inquiry request) {
        RouteMatch match = exact == null ? null : exact.first(request);
        if (match != null) {
            return match;
        }
        for (Candidate candidate : choice.patterns()) {
            if (candidate.pattern != null && request.fits(candidate.pattern, text) && candidate.holds(request)) {
                return candidate.found;
            }
        }
        return choice.prefixes() == null ? null : choice.prefixes().first(request);
    }

    /** A tree while it is being built. */
    static final class Draft {
        private final PathNode.Draft root = new PathNode.Draft();
        private final List<Candidate> pathless = new ArrayList<>();

        /**
         * To be called in the order of precedence.
         *
         * @throws IllegalArgumentException when a path is not in its plain form
         */
        void add(Candidate candidate) {
            Route route = candidate.route();
            PathCondition path = route.conditions().path();
            if (path == null) {
                pathless.add(candidate);
                return;
            }
            switch (path.kind()) {
                case EXACT -> addExact(candidate, path.text());
                case PREFIX -> descend(route, path.text(), "path").prefixes.add(candidate);
                case PATTERN ->
                    descend(route, "/" + stripped(Expression.start(path.text())), "pathPattern")
                            .patterns
                            .add(candidate);
            }
        }

        private static String stripped(String start) {
            return start.isEmpty() ? "" : start.substring(1);
        }

        private void addExact(Candidate candidate, String path) {
            boolean isRoot = path.equals("/");
            boolean slash = path.endsWith("/") && !isRoot;
            PathNode.Draft node =
                    descend(candidate.route(), slash ? path.substring(0, path.length() - 1) : path, "exactPath");
            if (slash || isRoot) node.exactSlash.add(candidate);
            // There is but one way to write the root.
            if (!slash) node.exact.add(candidate);
        }

        private PathNode.Draft descend(Route route, String path, String key) {
            if (path.equals("/")) {
                return root;
            }
            boolean plain = path.startsWith("/") && path.chars().allMatch(c -> c >= 0x80 || isPlain((char) c));
            PathNode.Draft node = root;
            // The limit -1 keeps a trailing empty segment, so that it is seen.
            for (String segment : plain ? path.substring(1).split("/", -1) : new String[] {""}) {
                if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
                    throw new IllegalArgumentException(
                            "routes[%d].%s: \"%s\" (expected: %s)".formatted(route.index(), key, path, PATH_EXPECTED));
                }
                node = node.child(new String(segment.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
            }
            return node;
        }

        /** @param wider already built; null for every host's */
        PathTree freeze(@Nullable PathTree wider) {
            Alternatives everything = pathless.isEmpty() ? null : new Alternatives(pathless, null);
            Inherited above = new Inherited(List.of(), everything, wider == null ? RouteTable.NONE : null);
            return new PathTree(root.freeze("", -1, above), everything, wider);
        }
    }
}
