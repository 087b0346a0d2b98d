package dev.sluice.routing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A segment of the configured paths, with those that may follow it in a hash table of its own: a step costs the same
 * among ten prefixes and among ten thousand. The keys hold one byte of a segment's UTF-8 form in each character.
 */
final class PathNode {
    /**
     * What every request gets that comes this far and no further; of the longest prefix that ends here or further up, so
     * that a walk need not remember its way. Null when it depends on more.
     */
    final @Nullable RouteMatch match;

    /** On what it depends; null when on nothing. Apart, because the smaller a node, the more of them are at hand. */
    final @Nullable Choice choice;

    /** At most half full, so that a search always meets a gap; empty when nothing follows. */
    private final @Nullable PathNode[] children;

    private final String segment;

    /** That of the segment: kept here, where a search need not go through the segment to see it. */
    private final int hash;

    private PathNode(
            String segment, @Nullable RouteMatch match, @Nullable Choice choice, @Nullable PathNode[] children) {
        this.segment = segment;
        this.hash = segment.hashCode();
        this.match = match;
        this.choice = choice;
        this.children = children;
    }

    /**
     * The routes of a path that comes to a node and no further.
     *
     * @param exact those that want exactly this path; null when there is none
     * @param exactSlash those that want it with a slash at its end; of the root the same as {@code exact}
     * @param patterns with expressions that the path may fit, in the order of precedence
     * @param prefixes of the prefix that ends here, or else further up; null when there is none
     * @param length of the path from the root to here, in bytes
     */
    record Choice(
            @Nullable Alternatives exact,
            @Nullable Alternatives exactSlash,
            List<Candidate> patterns,
            @Nullable Alternatives prefixes,
            int length) {
        /** What serves all requests that come here; null when that depends on the request. */
        private @Nullable RouteMatch decided(@Nullable RouteMatch none) {
            if (exact != null || exactSlash != null || !patterns.isEmpty()) return null;
            return prefixes == null ? none : prefixes.decided();
        }
    }

    /**
     * The child for a segment of a path that is plain ASCII without escapes; null when no prefix goes on that way.
     *
     * @param hash {@link String#hashCode()} of the segment
     */
    @Nullable
    PathNode child(String path, int from, int to, int hash) {
        for (int slot = slot(hash, children.length); slot >= 0; slot = next(slot)) {
            PathNode child = children[slot];
            if (child == null) {
                return null;
            }
            if (child.hash == hash && child.segment.length() == to - from && path.startsWith(child.segment, from)) {
                return child;
            }
        }
        return null;
    }

    /** The same for a segment of {@link PathTokens}. */
    @Nullable
    PathNode child(PathTokens path, int from, int to, int hash) {
        for (int slot = slot(hash, children.length); slot >= 0; slot = next(slot)) {
            PathNode child = children[slot];
            if (child == null) {
                return null;
            }
            if (child.hash == hash && path.regionIs(child.segment, from, to)) {
                return child;
            }
        }
        return null;
    }

    private int next(int slot) {
        return (slot + 1) & (children.length - 1);
    }

    /**
     * Where to begin in a table whose size is a power of two, 2 or more; -1 in an empty one. Numbered names have hashes
     * that follow each other, which a multiplication with the golden ratio scatters.
     */
    private static int slot(int hash, int size) {
        return size == 0 ? -1 : (hash * 0x9E3779B9) >>> (Integer.numberOfLeadingZeros(size) + 1);
    }

    /**
     * What a node takes over from those above it.
     *
     * @param none the answer where nothing fits, or null where that depends on more
     */
    record Inherited(
            List<Candidate> patterns,
            @Nullable Alternatives prefixes,
            @Nullable RouteMatch none) {
        static final Inherited NOTHING = new Inherited(List.of(), null, null);

        private Inherited with(Draft draft) {
            List<Candidate> all = new ArrayList<>(patterns);
            all.addAll(draft.patterns);
            all.sort((a, b) -> Integer.compare(a.rank, b.rank));
            return new Inherited(
                    draft.patterns.isEmpty() ? patterns : List.copyOf(all),
                    draft.prefixes.isEmpty() ? prefixes : new Alternatives(draft.prefixes, prefixes),
                    none);
        }
    }

    /** A node while the table is being built; candidates come in the order of precedence. */
    static final class Draft {
        private final Map<String, Draft> children = new HashMap<>();
        final List<Candidate> exact = new ArrayList<>(0);
        final List<Candidate> exactSlash = new ArrayList<>(0);
        final List<Candidate> patterns = new ArrayList<>(0);
        final List<Candidate> prefixes = new ArrayList<>(0);

        Draft child(String segment) {
            return children.computeIfAbsent(segment, s -> new Draft());
        }

        /** @param above of the path down to the parent, in bytes; -1 for the root */
        PathNode freeze(String segment, int above, Inherited inherited) {
            Inherited own = inherited.with(this);
            int length = above + 1 + segment.length();
            int size = children.isEmpty() ? 0 : Integer.highestOneBit(children.size()) * 4;
            @Nullable PathNode[] table = new PathNode[size];
            children.forEach((key, draft) -> {
                int slot = slot(key.hashCode(), size);
                while (table[slot] != null) {
                    slot = (slot + 1) & (size - 1);
                }
                table[slot] = draft.freeze(key, length, own);
            });
            Choice choice =
                    new Choice(alternatives(exact), alternatives(exactSlash), own.patterns, own.prefixes, length);
            RouteMatch decided = choice.decided(own.none);
            return new PathNode(segment, decided, decided == null ? choice : null, table);
        }

        private static @Nullable Alternatives alternatives(List<Candidate> candidates) {
            return candidates.isEmpty() ? null : new Alternatives(candidates, null);
        }
    }
}
