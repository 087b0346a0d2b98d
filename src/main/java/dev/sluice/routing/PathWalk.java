package dev.sluice.routing;

import dev.sluice.routing.Reading.Empty;
import dev.sluice.routing.Reading.Params;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Walks a path down the tree of prefixes, one reading at a time, and up again at each {@code ..} (RFC 3986 §5.2.4). One
 * pass over the tokens for each reading. For one thread.
 */
final class PathWalk {
    private static final byte[] ENCODED_SLASH = {'%', '2', 'F'};

    private final PathTokens path;

    /** The nodes from the root down to the last segment that is part of a prefix: {@code known} + 1 of them. */
    private PathNode[] nodes;

    /** Where each segment begins and ends, {@code depth} of them, the first at 1; one that was dropped at last at -1. */
    private int[] froms;

    private int[] tos;

    private int known;
    private int depth;

    /** Whether a slash follows the last segment. */
    private boolean slash;

    PathWalk(PathTokens path) {
        this.path = path;
        this.nodes = new PathNode[8];
        this.froms = new int[8];
        this.tos = new int[8];
    }

    /** Goes where the path leads in this reading; false when it climbs above the root. */
    boolean read(Reading reading, PathNode root) {
        nodes[0] = root;
        known = 0;
        depth = 0;
        slash = false;
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
            if (!segment(reading, start, end, hash, i < length)) {
                return false;
            }
        }
        return true;
    }

    /** The node of the longest known beginning. */
    PathNode node() {
        return nodes[known];
    }

    /** Whether that is all of the path, but for a slash at its end. */
    boolean isWhole() {
        return known == depth;
    }

    boolean endsInSlash() {
        return slash;
    }

    /** The path as it is in this reading. A slash that is data stays encoded, so that it can be told from the others. */
    String text() {
        ByteArrayOutputStream text = new ByteArrayOutputStream(path.length);
        for (int segment = 1; segment <= depth; segment++) {
            if (froms[segment] < 0) {
                continue;
            }
            text.write('/');
            for (int i = froms[segment]; i < tos[segment]; i++) {
                if ((path.tokens[i] & PathTokens.ENCODED_SLASH) != 0) {
                    text.writeBytes(ENCODED_SLASH);
                } else {
                    text.write(path.tokens[i]);
                }
            }
        }
        if (slash || text.size() == 0) {
            text.write('/');
        }
        return text.toString(StandardCharsets.UTF_8);
    }

    /** False when the segment leads above the root. */
    private boolean segment(Reading reading, int start, int end, int hash, boolean slashFollows) {
        if (start == end) {
            // Without one it is what is left behind the slash before it, as at the end of /api/.
            if (slashFollows && reading.empty() == Empty.KEPT) {
                descend(null, start, end);
            } else if (slashFollows && reading.empty() == Empty.DROPPED_LAST) {
                descend(known == depth ? nodes[known] : null, -1, -1);
            }
            slash = true;
            return true;
        }
        int dots = dots(reading, start, end);
        slash = slashFollows || dots > 0;
        if (dots == 0) {
            descend(known == depth ? nodes[known].child(path, start, end, hash) : null, start, end);
        } else if (dots == 2) {
            depth--;
            known = Math.min(known, depth);
        }
        return depth >= 0;
    }

    private void descend(@Nullable PathNode node, int start, int end) {
        depth++;
        if (depth == froms.length) {
            froms = Arrays.copyOf(froms, depth * 2);
            tos = Arrays.copyOf(tos, depth * 2);
        }
        froms[depth] = start;
        tos[depth] = end;
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
