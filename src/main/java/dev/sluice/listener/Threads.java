package dev.sluice.listener;

import dev.sluice.config.ListenerConfig;
import org.jspecify.annotations.Nullable;

/**
 * Acceptors and selectors of a connector. They are fixed when it is made, so Jetty XML cannot change them; as in a Jetty
 * base they are read from properties: {@code jetty.http.acceptors} for the listener {@code http}, {@code
 * jetty.ssl.selectors} for {@code https}, {@code jetty.NAME.acceptors} for any other. Here these are system properties.
 */
final class Threads {
    private Threads() {}

    /** None by default: the first selector accepts, which needs no other thread to be woken for a connection. */
    static int acceptors(ListenerConfig listener) {
        return read(listener, "acceptors", 0, 0);
    }

    /**
     * One for each processor by default, because a request is served by the thread that selects for it; fewer where they
     * would take more than a quarter of all threads.
     *
     * @param most threads that all listeners together may have
     */
    static int selectors(ListenerConfig listener, int listeners, int most) {
        int fair = Math.max(1, most / 4 / Math.max(1, listeners));
        return read(listener, "selectors", 1, Math.min(Runtime.getRuntime().availableProcessors(), fair));
    }

    private static int read(ListenerConfig listener, String what, int least, int usual) {
        @Nullable String value = System.getProperty(property(listener, what));
        if (value == null) return usual;
        try {
            int number = Integer.parseInt(value.trim());
            if (number >= least) return number;
        } catch (NumberFormatException e) {
            throw invalid(listener, what, value, least);
        }
        throw invalid(listener, what, value, least);
    }

    private static String property(ListenerConfig listener, String what) {
        return "jetty." + (listener.name().equals("https") ? "ssl" : listener.name()) + "." + what;
    }

    private static ListenerException invalid(ListenerConfig listener, String what, String value, int least) {
        return new ListenerException(
                listener.name(),
                property(listener, what) + ": " + value + " (expected: a number, " + least + " or more)");
    }
}
