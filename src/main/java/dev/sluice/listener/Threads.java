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

    /** One by default: a single acceptor outpaces what the selectors can serve. */
    static int acceptors(ListenerConfig listener) {
        int acceptors = read(listener, "acceptors", 1);
        // With none, Jetty accepts in a selector, and a stop would not take what the kernel has queued.
        if (acceptors < 1) throw invalid(listener, "acceptors", Integer.toString(acceptors));
        return acceptors;
    }

    /**
     * One for each processor by default, because a request is served by the thread that selects for it; fewer where they
     * would take more than a quarter of all threads.
     *
     * @param most threads that all listeners together may have
     */
    static int selectors(ListenerConfig listener, int listeners, int most) {
        int fair = Math.max(1, most / 4 / Math.max(1, listeners));
        return read(listener, "selectors", Math.min(Runtime.getRuntime().availableProcessors(), fair));
    }

    private static int read(ListenerConfig listener, String what, int usual) {
        @Nullable String value = System.getProperty(property(listener, what));
        if (value == null) return usual;
        try {
            return Integer.parseInt(value.trim());
        } catch (NumberFormatException e) {
            throw invalid(listener, what, value);
        }
    }

    private static String property(ListenerConfig listener, String what) {
        return "jetty." + (listener.name().equals("https") ? "ssl" : listener.name()) + "." + what;
    }

    private static ListenerException invalid(ListenerConfig listener, String what, String value) {
        return new ListenerException(
                listener.name(), property(listener, what) + ": " + value + " (expected: a number, 1 or more)");
    }
}
