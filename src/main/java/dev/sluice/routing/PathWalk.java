package dev.sluice.routing;

import dev.sluice.routing.Reading.Empty;
import dev.sluice.routing.Reading.Params;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Walks a path down the tree of prefixes, one reading at a time, and up again at each {@code ..} (RFC 3986 §5.2.4). One
 * pass over the tokens for each reading. For one thread.
 */
final class PathWalk {
    private final PathTokens path;

    /** The nodes from the root down to the last segment that is part of a prefix: {@code known} + 1 of them. */
    private PathNode[] nodes;

    private int known;
    private int depth;

    PathWalk(PathTokens path, PathNode root) {
        this.path = path;
        this.nodes = new PathNode[8];
        this.nodes[0] = root;
    }

    /** What the path matches in this reading; null when it climbs above the root. */
    @Nullable
    RouteMatch read(Reading reading) {
        known = 0;
        depth = 0;
        char[] tokens = path.tokens;
        int length = path.length;
        int separators = reading.separators();
        int ends = separators | (reading.params() == Params.KEPT ? 0 : PathTokens.SEMICOLON);
        int paramsEnds = reading.params() == Params.CUT_TO_SLASH ? PathTokens.SLASH : separators;
        // Each round takes a segment and what ends it; the first slash is the root.
        for (int i = 1; i < length; i++) {
            int start = i;
            int hash = 0;
            while (i < length && (tokens[i] & ends) == 0) {
                hash = 31 * hash + (tokens[i++] & 0xFF);
            }
            int end = i;
            if (i < length && (tokens[i] & ends) == PathTokens.SEMICOLON) {
                while (i < length && (tokens[i] & paramsEnds) == 0) {
                    i++;
                }
            }
            if (!segment(reading, start, end, hash)) {
                return null;
            }
        }
        return nodes[known].match;
    }

    /** False when the segment leads above the root. */
    private boolean segment(Reading reading, int start, int end, int hash) {
        if (start == end) {
            if (reading.empty() == Empty.KEPT) {
                descend(null);
            } else if (reading.empty() == Empty.DROPPED_LAST) {
                descend(known == depth ? nodes[known] : null);
            }
            return true;
        }
        int dots = dots(reading, start, end);
        if (dots == 0) {
            descend(known == depth ? nodes[known].child(path, start, end, hash) : null);
        } else if (dots == 2) {
            depth--;
            known = Math.min(known, depth);
        }
        return depth >= 0;
    }

    private void descend(@Nullable PathNode node) {
        depth++;
        if (node != null) {
            known++;
            if (known == nodes.length) {
                nodes = Arrays.copyOf(nodes, known * 2);
            }
            nodes[known] = node;
        }
    }

    /** 1 or 2 for a dot segment, 0 for any other. */
    private int dots(Reading reading, int start, int end) {
        if (end - start > 2) {
            return 0;
        }
        for (int i = start; i < end; i++) {
            if ((path.tokens[i] & reading.dots()) == 0) {
                return 0;
            }
        }
        return end - start;
    }
}
