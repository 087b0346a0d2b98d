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

    /** The routes that want exactly this path; null when there is none. */
    final @Nullable Alternatives exact;

    /** Those that want it with a slash at its end. For the root the same as {@link #exact}. */
    final @Nullable Alternatives exactSlash;

    /** Expressions that a path which comes this far may fit, in the order of precedence. */
    final List<Candidate> patterns;

    /** Of the prefix that ends here, or else further up; null when there is none. */
    final @Nullable Alternatives prefixes;

    /** Of the path from the root to here, in bytes. */
    final int length;

    /** At most half full, so that a search always meets a gap; empty when nothing follows. */
    private final @Nullable PathNode[] children;

    private final String segment;

    /** That of the segment: kept here, where a search need not go through the segment to see it. */
    private final int hash;

    private PathNode(String segment, int length, Inherited own, Draft draft, @Nullable PathNode[] children) {
        this.segment = segment;
        this.hash = segment.hashCode();
        this.length = length;
        this.children = children;
        this.exact = draft.exact.isEmpty() ? null : new Alternatives(draft.exact, null);
        this.exactSlash = draft.exactSlash.isEmpty() ? null : new Alternatives(draft.exactSlash, null);
        this.patterns = own.patterns;
        this.prefixes = own.prefixes;
        boolean plain = exact == null && exactSlash == null && own.patterns.isEmpty();
        RouteMatch decided = prefixes == null ? own.none : prefixes.decided();
        this.match = plain ? decided : null;
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
            return new PathNode(segment, length, own, this, table);
        }
    }
}
