package dev.sluice.runtime;

import java.util.Set;

/**
 * An address that a listener wants, and who has it.
 *
 * @param listener its name
 * @param address as people write it: {@code :8080}
 * @param processes ids of other processes that listen on it, or on an address that is in the way
 * @param unknown whether there is one of which the id cannot be known: another user's, most likely
 */
public record HeldAddress(String listener, String address, Set<Long> processes, boolean unknown) {
    public HeldAddress {
        processes = Set.copyOf(processes);
    }
}
