package dev.sluice.upstream.balance;

import dev.sluice.upstream.Backend;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is: each backend as often as its weight says, spread over time as evenly as that allows. Computed in advance,
 * so that a turn is one look. Immutable.
 */
final class Turns {
    /** Turns until they repeat. Weights whose sum is larger, when reduced, are met as nearly as so many turns allow. */
    static final int LONGEST = 8192;

    private final int count;
    /** Null when all weights are the same, where turn and index are. */
    private final int @Nullable [] order;

    Turns(List<Backend> backends) {
        this(backends.stream().mapToInt(Backend::weight).toArray());
    }

    Turns(int[] weights) {
        count = weights.length;
        order = isEven(weights) ? null : order(reduced(weights));
    }

    /** The index of the backend whose turn that is. */
    int at(int turn) {
        int[] uneven = order;
        // floorMod, because who counts turns may wrap around into the negative.
        return uneven == null ? Math.floorMod(turn, count) : uneven[Math.floorMod(turn, uneven.length)];
    }

    private static boolean isEven(int[] weights) {
        for (int weight : weights) if (weight != weights[0]) return false;
        return true;
    }

    private static int[] reduced(int[] weights) {
        int common = 0;
        long sum = 0;
        for (int weight : weights) {
            common = divisor(weight, common);
            sum += weight;
        }
        int most = Math.max(LONGEST, 4 * weights.length);
        int[] reduced = new int[weights.length];
        for (int i = 0; i < weights.length; i++) {
            reduced[i] = sum / common <= most
                    ? weights[i] / common
                    : (int) Math.max(1, Math.round((double) weights[i] * most / sum));
        }
        return reduced;
    }

    private static int divisor(int a, int b) {
        return b == 0 ? a : divisor(b, a % b);
    }

    /** Those of one weight take their turns one after the other. */
    private static final class Peers {
        final List<Integer> indexes = new ArrayList<>();
        int share;
        int ahead;
        int next;
    }

    /**
     * Each turn goes to those who are furthest behind their share, and sets them back by a whole round. Within a round each
     * backend comes as often as its weight says; and since peers are taken together, it takes no longer the more they are.
     */
    private static int[] order(int[] weights) {
        Map<Integer, Peers> byWeight = new LinkedHashMap<>();
        int round = 0;
        for (int i = 0; i < weights.length; i++) {
            Peers peers = byWeight.computeIfAbsent(weights[i], w -> new Peers());
            peers.indexes.add(i);
            peers.share += weights[i];
            round += weights[i];
        }
        List<Peers> all = List.copyOf(byWeight.values());
        int[] order = new int[round];
        for (int turn = 0; turn < round; turn++) {
            Peers behind = all.get(0);
            for (Peers peers : all) {
                peers.ahead += peers.share;
                if (peers.ahead > behind.ahead) behind = peers;
            }
            behind.ahead -= round;
            order[turn] = behind.indexes.get(behind.next++ % behind.indexes.size());
        }
        return order;
    }
}
