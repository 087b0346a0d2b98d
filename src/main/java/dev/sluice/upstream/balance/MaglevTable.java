package dev.sluice.upstream.balance;

import java.util.Arrays;

/**
 * Who owns which slot of a table that hashes point into (Maglev, Eisenbud and others, NSDI 2016): each name has an order of
 * its own in which it wants the slots, and takes the next free one of them when it is its turn. So each has its share almost
 * exactly, and a name that comes or goes changes little but its own share. Immutable.
 */
final class MaglevTable {
    /** As large for small pools, because a table of another size is another one throughout. */
    private static final int SLOTS = 1 << 16;
    /** In pools so large that the shares would become coarse. */
    private static final int SLOTS_EACH = 16;

    private final int[] owners;
    private final int shift;

    /** The names must be in an order that is the same in every process. */
    MaglevTable(String[] names, int[] weights) {
        int n = names.length;
        int size = Math.max(SLOTS, Integer.highestOneBit(n * SLOTS_EACH - 1) << 1);
        int mask = size - 1;
        shift = 64 - Integer.numberOfTrailingZeros(size);
        int[] wanted = new int[n];
        int[] step = new int[n];
        for (int i = 0; i < n; i++) {
            long hash = KeyHash.of(names[i]);
            wanted[i] = (int) (hash >>> shift);
            step[i] = (int) hash & mask | 1; // odd, so that it comes by every slot
        }
        owners = new int[size];
        Arrays.fill(owners, -1);
        Turns turns = new Turns(weights);
        for (int taken = 0; taken < size; taken++) {
            int i = turns.at(taken);
            int slot = wanted[i];
            while (owners[slot] >= 0) slot = slot + step[i] & mask;
            owners[slot] = i;
            wanted[i] = slot + step[i] & mask;
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
