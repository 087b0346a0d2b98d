package dev.sluice.listener;

import java.util.Set;

/**
 * Who listens on an address.
 *
 * @param processes their ids, this one's included
 * @param unknown whether there is a socket of which it cannot be told whose it is: another user's, most likely
 */
public record Holders(Set<Long> processes, boolean unknown) {
    static final Holders NONE = new Holders(Set.of(), false);

    public Holders {
        processes = Set.copyOf(processes);
    }
}
