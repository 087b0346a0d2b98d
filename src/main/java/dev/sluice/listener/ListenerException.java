package dev.sluice.listener;

/**
 * A listener cannot be had: its address cannot be bound, or its certificate cannot be used. The message is meant for the
 * person who starts the server: it names the listener, the place, and what was expected.
 */
public final class ListenerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String listener;

    ListenerException(String listener, String message) {
        super("listener " + listener + ": " + message);
        this.listener = listener;
    }

    ListenerException(String listener, String message, Throwable cause) {
        super("listener " + listener + ": " + message, cause);
        this.listener = listener;
    }

    /** The name of the listener, as in the configuration. */
    public String listener() {
        return listener;
    }
}
