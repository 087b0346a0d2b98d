package dev.sluice.routing;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A segment of the configured prefixes, with those that may follow it in a hash table of its own: a step costs the same
 * among ten prefixes and among ten thousand. The keys hold one byte of a segment's UTF-8 form in each character.
 */
final class PathNode {
    /** The route of the longest prefix that ends here or further up, so that a walk need not remember its way. */
    final RouteMatch match;

    /** At most half full, so that a search always meets a gap; empty when nothing follows. */
    private final @Nullable PathNode[] children;

    private final String segment;

    /** That of the segment: kept here, where a search need not go through the segment to see it. */
    private final int hash;

    private PathNode(String segment, RouteMatch match, @Nullable PathNode[] children) {
        this.segment = segment;
        this.hash = segment.hashCode();
        this.match = match;
        this.children = children;
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

    /** A node while the table is being built. */
    static final class Draft {
        private final Map<String, Draft> children = new HashMap<>();
        private RouteMatch.@Nullable Found own;

        Draft child(String segment) {
            return children.computeIfAbsent(segment, s -> new Draft());
        }

        RouteMatch.@Nullable Found own() {
            return own;
        }

        void own(RouteMatch.Found found) {
            own = found;
        }

        PathNode freeze(String segment, RouteMatch inherited) {
            RouteMatch match = own == null ? inherited : own;
            int size = children.isEmpty() ? 0 : Integer.highestOneBit(children.size()) * 4;
            @Nullable PathNode[] table = new PathNode[size];
            children.forEach((key, draft) -> {
                int slot = slot(key.hashCode(), size);
                while (table[slot] != null) {
                    slot = (slot + 1) & (size - 1);
                }
                table[slot] = draft.freeze(key, match);
            });
            return new PathNode(segment, match, table);
        }
    }
}
