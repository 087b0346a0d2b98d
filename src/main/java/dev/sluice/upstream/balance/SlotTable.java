package dev.sluice.upstream.balance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;

/**
 * Who owns which slot of a table that hashes point into. Each name has an order of its own in which it comes by the slots (as
 * in Maglev), the faster the heavier it is, and a slot is owned by whoever comes by first (as in rendezvous hashing, so that it
 * does not matter who else is there): one that leaves changes its own slots and no others, and one that comes takes what is to
 * be its own. Immutable.
 */
final class SlotTable {
    /** As large for small pools, because a table of another size is another one throughout. */
    private static final int SLOTS = 1 << 16;
    /** In pools so large that the shares would become coarse. */
    private static final int SLOTS_EACH = 16;

    private final int[] owners;
    private final int shift;

    /** The names must be in an order that is the same in every process. */
    SlotTable(String[] names, int[] weights) {
        int n = names.length;
        int size = Math.max(SLOTS, Integer.highestOneBit(n * SLOTS_EACH - 1) << 1);
        shift = 64 - Integer.numberOfTrailingZeros(size);
        owners = new int[size];
        Arrays.fill(owners, -1);
        Walker[] walkers = new Walker[n];
        for (int i = 0; i < n; i++) walkers[i] = new Walker(i, KeyHash.of(names[i]), shift);
        Queue<Peers> order = new PriorityQueue<>(peers(walkers, weights));
        for (int free = size; free > 0; ) {
            Peers first = order.remove();
            for (Walker walker : first.walkers) free -= walker.step(owners);
            first.stepped(size);
            order.add(first);
        }
    }

    /** Those of one weight, who walk at one pace. */
    private static final class Peers implements Comparable<Peers> {
        final List<Walker> walkers = new ArrayList<>();
        private final int weight;
        private int steps;
        private double due;

        Peers(int weight) {
            this.weight = weight;
            due = 1.0 / weight;
        }

        /** The fewer slots are left to come by, the longer the next one takes: only then are shares as weights are. */
        void stepped(int slots) {
            steps++;
            due += (double) slots / (slots - steps) / weight;
        }

        @Override
        public int compareTo(Peers other) {
            int time = Double.compare(due, other.due);
            return time == 0 ? Integer.compare(weight, other.weight) : time;
        }
    }

    private static Collection<Peers> peers(Walker[] walkers, int[] weights) {
        Map<Integer, Peers> byWeight = new HashMap<>();
        for (int i = 0; i < walkers.length; i++)
            byWeight.computeIfAbsent(weights[i], Peers::new).walkers.add(walkers[i]);
        return byWeight.values();
    }

    /** Comes by every slot once. */
    private static final class Walker {
        private final int index;
        private final int stride;
        private int next;

        Walker(int index, long hash, int shift) {
            this.index = index;
            next = (int) (hash >>> shift);
            stride = (int) hash | 1; // odd, and the number of slots is a power of two
        }

        /** @return 1 when the slot is its own from now on, or else 0 */
        int step(int[] owners) {
            int slot = next & owners.length - 1;
            next = slot + stride;
            if (owners[slot] >= 0) return 0;
            owners[slot] = index;
            return 1;
        }
    }

    /** Where the owners of a hash begin. */
    int slot(long hash) {
        return (int) (KeyHash.mix(hash) >>> shift);
    }

    /** The owner of a slot, however far behind the last one. */
    int owner(int slot) {
        return owners[slot & owners.length - 1];
    }
}
