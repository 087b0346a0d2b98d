package dev.sluice.cli;

import java.util.Map;
import java.util.TreeMap;

/** The sockets that a supervisor starts this process with, as systemd's {@code sd_listen_fds(3)} has it. */
final class InheritedDescriptors {
    /** The number of the first one: after standard input, output and error. */
    private static final int FIRST = 3;

    private static final int MOST = 1_024;

    private InheritedDescriptors() {}

    /**
     * Reads {@code LISTEN_PID}, {@code LISTEN_FDS} and {@code LISTEN_FDNAMES}.
     *
     * @param environment of this process
     * @param pid of this process: what is meant for another one, and only left over here, is none of ours
     * @return names by descriptor, empty ones for those without; empty when there are none
     * @throws IllegalArgumentException with a message for people
     */
    static Map<Integer, String> read(Map<String, String> environment, long pid) {
        Map<Integer, String> names = new TreeMap<>();
        String count = environment.get("LISTEN_FDS");
        if (count == null || !Long.toString(pid).equals(environment.get("LISTEN_PID"))) return names;
        int sockets = count.matches("\\d{1,4}") ? Integer.parseInt(count) : MOST + 1;
        if (sockets > MOST)
            throw new IllegalArgumentException(
                    "LISTEN_FDS: " + count + " (expected: a number of sockets, 0 to " + MOST + ")");
        String[] given = environment.getOrDefault("LISTEN_FDNAMES", "").split(":", -1);
        for (int i = 0; i < sockets; i++) names.put(FIRST + i, i < given.length ? given[i] : "");
        return names;
    }
}
